"""CSV files of attendance."""
