//! Tests of the machine, a row each, and of what must hold for any request.
