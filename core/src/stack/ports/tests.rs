//! The port table: rules one by one, and all of them against a model.
