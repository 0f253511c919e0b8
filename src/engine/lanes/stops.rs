//! What a selection in the lane graph steps over: events and the folded runs between them, from left to right, each found
//! again by its key.

use super::event::EventKey;
use super::event::LaneModel;

impl LaneModel {
    /// Puts events and the runs before them into one order.
    pub(super) fn with_stops(mut self) -> Self {
        let mut before: Vec<Vec<EventKey>> = vec![Vec::new(); self.events.len()];
        for fold in self.rows.iter().flat_map(|row| &row.folds) {
            if let Some(runs) = before.get_mut(fold.at) {
                runs.push(fold.key.clone());
            }
        }
        let events = self.events.iter().zip(before);
        self.stops = events
            .flat_map(|(event, runs)| runs.into_iter().chain([event.key.clone()]))
            .collect();
        self
    }

    /// Returns the stop `steps` to the right (or left, negative) of `key`; without a selection, the newest.
    pub fn neighbour(&self, key: Option<&EventKey>, steps: isize) -> Option<&EventKey> {
        let last = self.stops.len().checked_sub(1)?;
        let at = key.and_then(|key| self.stops.iter().position(|stop| stop == key));
        let to = match at {
            Some(at) => at.saturating_add_signed(steps).min(last),
            None => last,
        };
        self.stops.get(to)
    }

    /// Returns the next stop on one row, to the left or to the right of `key`; itself where there is no other.
    /// Without a selection it is the newest.
    pub fn neighbour_on(
        &self,
        row: usize,
        key: Option<&EventKey>,
        is_back: bool,
    ) -> Option<&EventKey> {
        let at = key.and_then(|key| self.stops.iter().position(|stop| stop == key));
        let is_here = |stop: &&EventKey| self.row_of(stop) == Some(row);
        let Some(at) = at else {
            return self.stops.iter().rfind(is_here);
        };
        let next = if is_back {
            self.stops[..at].iter().rfind(is_here)
        } else {
            self.stops[at + 1..].iter().find(is_here)
        };
        next.or_else(|| self.stops.get(at).filter(is_here))
    }

    /// Returns the column that a stop belongs to, as the index of an event; promotions have none.
    pub fn column_of(&self, key: &EventKey) -> Option<usize> {
        match key {
            EventKey::Run(..) => self.fold(key).map(|(_, fold)| fold.at),
            EventKey::Edge(..) => None,
            EventKey::Cut
            | EventKey::Fix(_)
            | EventKey::Commit(..)
            | EventKey::Tag(..)
            | EventKey::Deployment(..)
            | EventKey::Request(_)
            | EventKey::Conflict(_) => self.events.iter().position(|event| &event.key == key),
        }
    }

    /// Returns the row that a stop is on; of a promotion, the row that it leads to.
    pub fn row_of(&self, key: &EventKey) -> Option<usize> {
        match key {
            EventKey::Run(..) => self.fold(key).map(|(row, _)| row),
            EventKey::Edge(..) => self.promotion(key).map(|promotion| promotion.into),
            EventKey::Cut
            | EventKey::Fix(_)
            | EventKey::Commit(..)
            | EventKey::Tag(..)
            | EventKey::Deployment(..)
            | EventKey::Request(_)
            | EventKey::Conflict(_) => self.event(key).map(|event| event.row),
        }
    }
}
