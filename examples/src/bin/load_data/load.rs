//! The load function, once in the background and once serial.

use crate::error::LoadError;
use crate::sources::{Sources, fetch_airlines, fetch_flights, query_planes};
use crate::tables::{Table, join_tables};
use crate::timeline::Timeline;

/// Writes one body under each form of the attribute.
macro_rules! load {
    ($(#[$form:meta] $name:ident,)*) => {$(
        #[$form]
        pub(crate) fn $name(sources: &Sources, timeline: &Timeline) -> Result<Table, LoadError> {
            let flights = fetch_flights(sources, timeline).await?;
            let airlines = fetch_airlines(sources, timeline).await?;
            let planes = query_planes(sources, timeline).await?;
            Ok(join_tables(&flights, &airlines, &planes))
        }
    )*};
}

load! {
    #[bridge::background] load_in_background,
    #[bridge::background(serial)] load_serially,
}
