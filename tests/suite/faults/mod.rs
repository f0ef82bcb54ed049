//! What happens to the machine under the real program, `keyhouse serve --dev`: it is killed, told to stop, or its disk
//! is full, and what it acknowledged holds.

mod full_disk;
mod kill;
mod load;
mod process;
mod stop;
