//! Guards that are bound in the background all the same.
//!
//! The macro knows a guard by the method that takes it. One that comes out of a
//! function of another name would be held too late: calls below it have started.
//! So its type is asked for, by a bound that waits until inference has settled it
//! and settles nothing itself: [`Unguarded`].
//!
//! Guards of crates that this one does not depend on are known by the names of
//! their types, when the value is there, in builds with debug assertions.

use std::any::type_name;
use std::panic::Location;

use crate::trace;

/// A value that may be bound in the background: any that is no guard.
///
/// `Kind` is the type of a literal that the macro writes into each join, `[0]`. For
/// most types one implementation fits, and makes it an `u8`. For a guard there are
/// two, so that it stays open until the compiler falls back to `i32`, for which
/// there is none: the error comes last, and no inference that plain code has
/// (`let all = stream.collect().await;`) is in its way.
#[diagnostic::on_unimplemented(
    message = "a guard is bound by a call in the background, so that what comes after it may not \
               run under it",
    label = "this gives `{Self}`",
    note = "write `#[foreground]` on the statement; of several calls in one statement, give this \
            one a `let` of its own first"
)]
pub trait Unguarded<Kind> {}

impl<T> Unguarded<u8> for T {}

#[diagnostic::do_not_recommend]
impl<T: Guard> Unguarded<u16> for T {}

#[diagnostic::do_not_recommend]
impl<T: Diverged> Unguarded<i32> for T {}

/// What a type comes to be of which nothing is known but that it diverges, when
/// literals come to be `i32`.
pub trait Diverged {}

impl Diverged for () {}
impl Diverged for Never {}
impl<T: Diverged> Diverged for Option<T> {}
impl<T: Diverged, E> Diverged for Result<T, E> {}

/// The type `!`, by its only stable name.
type Never = <fn() -> ! as Returns>::Output;

/// What a function returns.
pub trait Returns {
    /// Its type.
    type Output;
}

impl<T> Returns for fn() -> T {
    type Output = T;
}

/// What holds a place for its bearer, or may do so.
pub trait Guard {}

impl<T: Guard> Guard for Option<T> {}
impl<T: Guard, E> Guard for Result<T, E> {}

impl<T: ?Sized> Guard for std::sync::MutexGuard<'_, T> {}
impl<T: ?Sized> Guard for std::sync::RwLockReadGuard<'_, T> {}
impl<T: ?Sized> Guard for std::sync::RwLockWriteGuard<'_, T> {}
impl<T: ?Sized> Guard for tokio::sync::MappedMutexGuard<'_, T> {}
impl<T: ?Sized> Guard for tokio::sync::MutexGuard<'_, T> {}
impl<T: ?Sized, U: ?Sized> Guard for tokio::sync::OwnedMappedMutexGuard<T, U> {}
impl<T: ?Sized> Guard for tokio::sync::OwnedMutexGuard<T> {}
impl<T: ?Sized, U: ?Sized> Guard for tokio::sync::OwnedRwLockMappedWriteGuard<T, U> {}
impl<T: ?Sized, U: ?Sized> Guard for tokio::sync::OwnedRwLockReadGuard<T, U> {}
impl<T: ?Sized> Guard for tokio::sync::OwnedRwLockWriteGuard<T> {}
impl Guard for tokio::sync::OwnedSemaphorePermit {}
impl<T: ?Sized> Guard for tokio::sync::RwLockMappedWriteGuard<'_, T> {}
impl<T: ?Sized> Guard for tokio::sync::RwLockReadGuard<'_, T> {}
impl<T: ?Sized> Guard for tokio::sync::RwLockWriteGuard<'_, T> {}
impl Guard for tokio::sync::SemaphorePermit<'_> {}
impl<T> Guard for tokio::sync::mpsc::OwnedPermit<T> {}
impl<T> Guard for tokio::sync::mpsc::Permit<'_, T> {}
impl<T> Guard for tokio::sync::mpsc::PermitIterator<'_, T> {}
impl<T> Guard for tokio::sync::watch::Ref<'_, T> {}

/// Says of a value that it is no guard, though no join gives it: it stays in the prefix of an
/// iteration, which goes on beside others.
///
/// # Panics
///
/// With debug assertions, if it is one of a crate that this one does not depend on.
#[track_caller]
pub fn unguarded<T: Unguarded<Kind>, Kind>(_: &T, _: [Kind; 1]) {
    refuse::<T>();
}

/// Says the same of a value that one call of a chain gives to the next.
#[track_caller]
pub fn passed<T: Unguarded<Kind>, Kind>(value: T, _: [Kind; 1]) -> T {
    trace::passed(Location::caller());
    value
}

/// What the names of guards begin with.
const GUARDS: &[&str] = &[
    "async_lock::",
    "futures_util::lock::",
    "lock_api::",
    "std::sync::nonpoison::",
    "std::sync::poison::",
    "std::sync::reentrant_lock::",
    "tokio::sync::mpsc::",
    "tokio::sync::mutex::",
    "tokio::sync::rwlock::",
    "tokio::sync::semaphore::",
    "tokio::sync::watch::",
];

const ENDINGS: &[&str] = &["Guard", "Permit", "PermitIterator", "::Ref"];

/// # Panics
///
/// With debug assertions, if `T` is a guard, or holds one in its name.
#[track_caller]
pub(super) fn refuse<T>() {
    if cfg!(debug_assertions) && names_guard(type_name::<T>()) {
        panic!(
            "`{}` was bound by a call in the background, so that what comes after it may not run \
             under it: write `#[foreground]` on the statement",
            type_name::<T>()
        );
    }
}

/// Whether a type's name is that of a guard, or has one in it.
fn names_guard(name: &str) -> bool {
    name.split(['<', '>', ',', '(', ')', '&', ' ', '[', ']', ';']).any(|path| {
        GUARDS.iter().any(|start| path.starts_with(start))
            && ENDINGS.iter().any(|ending| path.ends_with(ending))
    })
}

#[cfg(test)]
mod tests {
    use super::names_guard;
    use std::any::type_name;

    #[test]
    fn guards_are_known() {
        use tokio::sync::{MutexGuard, OwnedRwLockReadGuard, RwLockWriteGuard, SemaphorePermit};
        assert!(names_guard(type_name::<MutexGuard<'_, u32>>()));
        assert!(names_guard(type_name::<OwnedRwLockReadGuard<u32>>()));
        assert!(names_guard(type_name::<Result<RwLockWriteGuard<'_, u32>, ()>>()));
        assert!(names_guard(type_name::<Option<(u8, SemaphorePermit<'_>)>>()));
        assert!(names_guard(type_name::<std::sync::MutexGuard<'_, u32>>()));
        assert!(names_guard(type_name::<tokio::sync::watch::Ref<'_, u32>>()));
        assert!(names_guard(type_name::<(u8, tokio::sync::mpsc::Permit<'_, u32>)>()));
        assert!(names_guard(type_name::<tokio::sync::mpsc::OwnedPermit<u32>>()));
    }

    #[test]
    fn nothing_else_is() {
        struct MutexGuard;
        assert!(!names_guard(type_name::<MutexGuard>()));
        assert!(!names_guard(type_name::<std::sync::Arc<tokio::sync::Mutex<u32>>>()));
        assert!(!names_guard(type_name::<Vec<String>>()));
        assert!(!names_guard(type_name::<tokio::sync::watch::Receiver<u32>>()));
    }
}
