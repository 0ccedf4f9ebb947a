//! Folders that do not hold a model that we can run: each is refused with the file's name and the reason, and none brings
//! the program down.

mod descriptions;
mod networks;
mod refusals;
