//! QQ bots on smol.
