//! Enums whose variants a test goes through.

/// An enum with the list of all its variants, so that none can be forgotten, and
/// with their names where they are given:
///
/// ```
/// bridge_tests::dimension! {
///     /// Where a call is made.
///     Place {
///         Thread => "a thread",
///         Task => "a task",
///     }
/// }
///
/// let names = Place::ALL.map(Place::name);
/// assert_eq!(names, ["a thread", "a task"]);
/// ```
#[macro_export]
macro_rules! dimension {
    ($(#[$about:meta])* $name:ident {
        $($(#[$meaning:meta])* $variant:ident => $text:literal,)*
    }) => {
        $crate::dimension! { $(#[$about])* $name { $($(#[$meaning])* $variant,)* } }

        impl $name {
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
    ($(#[$about:meta])* $name:ident { $($(#[$meaning:meta])* $variant:ident,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name {
            $($(#[$meaning])* $variant,)*
        }

        impl $name {
            pub(crate) const ALL: [Self; [$(stringify!($variant)),*].len()] =
                [$(Self::$variant),*];
        }
    };
}
