"""Who organizes which conference, and who is on which host's staff: what decides what somebody who is signed in may do here."""
