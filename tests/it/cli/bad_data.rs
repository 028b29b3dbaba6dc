//! bad_data
