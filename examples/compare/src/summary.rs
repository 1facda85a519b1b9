//! The last line.

use std::fmt;

/// What the whole run comes to. What was not measured is a dash.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// The seed's function to `join!` on the same runtime.
    pub(crate) join: Worst,
    /// The seed's function to its serial twin.
    pub(crate) serial: Worst,
    /// The seed's function to threads with blocking clients.
    pub(crate) threads: Worst,
    /// Nanoseconds of a call that is ready at once.
    pub(crate) ready_ns: Worst,
    /// Allocations of a call that is ready at once.
    pub(crate) ready_allocs: Worst,
    /// Eight ready calls to boxed futures by hand under the same loop.
    pub(crate) eight: Worst,
    /// 64 of them.
    pub(crate) sixty_four: Worst,
    /// Eight calls that yield, to boxed futures by hand under the same loop.
    pub(crate) yielding: Worst,
    /// A loop with a limit to `buffered`, where one iteration after the other is woken.
    pub(crate) repeat: Worst,
    /// The same where each yields.
    pub(crate) repeat_yielding: Worst,
    /// The seed's function to `join!` on a current-thread runtime, answered at once.
    pub(crate) local: Worst,
    /// A graph of calls to its critical path.
    pub(crate) critical: Worst,
}

/// The largest of several figures.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Worst(Option<f64>);

impl Worst {
    pub(crate) fn add(&mut self, figure: f64) {
        self.0 = Some(self.0.map_or(figure, |worst| worst.max(figure)));
    }
}

impl fmt::Display for Worst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(figure) => figure.fmt(f),
            None => f.write_str("-"),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "summary: join {:.2} serial {:.2} threads {:.2} ready_ns {:.0} ready_allocs {} \
             eight {:.2} sixtyfour {:.2} yielding {:.2} loop {:.2} loop_yielding {:.2} local {:.2} \
             critical {:.2}",
            self.join,
            self.serial,
            self.threads,
            self.ready_ns,
            self.ready_allocs,
            self.eight,
            self.sixty_four,
            self.yielding,
            self.repeat,
            self.repeat_yielding,
            self.local,
            self.critical,
        )
    }
}
