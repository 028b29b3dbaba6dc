//! bad_definitions
