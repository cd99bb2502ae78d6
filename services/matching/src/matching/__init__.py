"""The matching service: profiles and listings in; explained recommendations out."""
