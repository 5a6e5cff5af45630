//! Negotiation: who offers when, and what follows from a failure.
