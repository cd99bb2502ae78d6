"""The seats of listings: who has one, to whom one is offered, what a round holds. Matching alone decides it."""
