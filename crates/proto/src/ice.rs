//! Candidates, and the queue that keeps them until their description is there.
