//! The server as its clients meet it, over connections of this machine.

mod agents;
mod answers;
mod attacks;
mod embeddings;
mod harness;
mod living;
mod map;
