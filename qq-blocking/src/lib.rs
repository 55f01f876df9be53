//! QQ bots on threads.
