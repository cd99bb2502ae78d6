"""What host organizations are called, as listings last said: for people who say to whom they are shown."""
