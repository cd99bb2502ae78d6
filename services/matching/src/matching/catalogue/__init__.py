"""What is open and what sessions are about, held in memory by every instance."""
