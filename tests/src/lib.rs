//! The QQ platform in a box.
