//! The engine through its public interface, mostly on the toy model. One program, because linking each takes long.

mod common;
mod count;
mod counts;
mod export;
mod line;
mod map;
mod own_encoder;
mod precision;
mod repair;
mod request;
mod resume;
mod searcher;
mod session;
mod switch;
mod verify;
mod words;
