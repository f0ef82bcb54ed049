//! Keyhouse: one account for all of a company's apps.
