"""Operations for organizers: see how attendance arrives, and resend events."""
