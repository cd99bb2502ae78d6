"""What conferences are called, and what their sessions are about, as registration last said: for people to read and choose."""
