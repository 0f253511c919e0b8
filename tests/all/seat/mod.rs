//! The driver's seat: the machine itself, checked; its log on real remotes; consoles that stop in the middle.

mod checked;
mod crew;
mod endless;
mod log;
mod model;
mod overriding;
mod pace;
mod pairing;
mod schedules;
mod stopped;
