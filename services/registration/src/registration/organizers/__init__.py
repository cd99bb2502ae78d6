"""Who organizes a conference: people by their addresses, told to the other services by their ids."""
