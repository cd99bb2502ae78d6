"""Reading CSV files of attendance. Pure."""
