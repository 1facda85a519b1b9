//! Guards that were bound in the background all the same.
//!
//! The macro knows a guard by the method that takes it. One that comes out of a
//! function of another name would be held too late: calls below it have started.
//! A bound on the value's type cannot refuse it: whatever asks the compiler
//! which type it is, before the code below has settled that, breaks inference
//! that plain code has (`let all = stream.collect().await;`). So the type's name
//! is looked at when the value is there, in builds with debug assertions.

use std::any::type_name;

/// What the names of guards begin with.
const GUARDS: &[&str] = &[
    "async_lock::",
    "futures_util::lock::",
    "lock_api::",
    "std::sync::nonpoison::",
    "std::sync::poison::",
    "std::sync::reentrant_lock::",
    "tokio::sync::mutex::",
    "tokio::sync::rwlock::",
    "tokio::sync::semaphore::",
];

const ENDINGS: &[&str] = &["Guard", "Permit"];

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
    }

    #[test]
    fn nothing_else_is() {
        struct MutexGuard;
        assert!(!names_guard(type_name::<MutexGuard>()));
        assert!(!names_guard(type_name::<std::sync::Arc<tokio::sync::Mutex<u32>>>()));
        assert!(!names_guard(type_name::<Vec<String>>()));
    }
}
