"""The seats of listings: taken, offered, or held by a round. Only matching assigns them."""
