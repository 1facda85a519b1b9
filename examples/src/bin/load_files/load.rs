//! The load functions, each once in the background and once serial. There is
//! nothing asynchronous in them.

use std::path::{Path, PathBuf};

use crate::sources::{Error, Planes, count_lines, query_planes, read_csv};

/// What has been loaded.
#[derive(Debug, PartialEq)]
pub(crate) struct Loaded {
    pub(crate) flights: usize,
    pub(crate) airlines: usize,
    pub(crate) planes: Planes,
}

/// Writes each body under both forms of the attribute.
macro_rules! load {
    ($($module:ident: #[$form:meta];)*) => {$(
        pub(crate) mod $module {
            use super::*;

            #[$form]
            pub(crate) fn load(folder: &Path) -> Result<Loaded, Error> {
                let flights = folder.join("flights.csv");
                let airlines = folder.join("airlines.csv");
                let planes = folder.join("planes.sql");
                #[background]
                let flights = read_csv(&flights)?.len();
                #[background]
                let airlines = read_csv(&airlines)?.len();
                #[background]
                let planes = query_planes(&planes)?;
                Ok(Loaded { flights, airlines, planes })
            }

            #[$form]
            pub(crate) fn lines(paths: &[PathBuf]) -> Result<Vec<usize>, Error> {
                let mut lines = Vec::new();
                #[background(limit = 4)]
                for path in paths {
                    let own = path.to_owned();
                    #[background]
                    let count = count_lines(&own)?;
                    lines.push(count);
                }
                Ok(lines)
            }
        }
    )*};
}

load! {
    background: #[bridge::background];
    serial: #[bridge::background(serial)];
}
