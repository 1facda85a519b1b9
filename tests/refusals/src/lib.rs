//! What does not compile, and what the compiler says then: the functions in `cases`, each with its
//! message beside it. They are a package of their own, as all that it depends on is checked again.
