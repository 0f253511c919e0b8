//! From playbook, record and observation to the lane graph as data.

use std::collections::BTreeSet;
use std::collections::HashMap;

use crate::engine::Observation;
use crate::model::Lane;
use crate::model::Layer;
use crate::model::Seen;
use crate::playbook::Playbook;
use crate::record::Record;

use super::atlas::Atlas;
use super::atlas::show;
use super::event::Event;
use super::event::EventKey;
use super::event::Fold;
use super::event::LaneModel;
use super::event::Leave;
use super::event::Membership;
use super::event::Node;
use super::event::Row;
use super::event::RowKey;
use super::event::RowKind;
use super::event::Standing;
use super::event::StandingWord;
use super::gather::Draft;
use super::gather::gather;
use super::landing::Landing;
use super::landing::landings;
use super::order::Spot;
use super::order::order;
use super::promotion::promotions;
use super::standing::moment;
use super::standing::standing;
use super::words::sentence;
use super::words::summary;

/// How many of the newest events count as relevant where no hotfix says so.
const RECENT: usize = 6;

/// The rows whose runs are open: each of their commits is an event.
pub type Unfolded = BTreeSet<RowKey>;

/// Returns the lanes, their events in drawing order, and where the fix is. Total: what was not seen is `Unknown`.
pub fn model(book: &Playbook, record: Option<&Record>, seen: &Observation) -> LaneModel {
    model_with(book, record, seen, &Unfolded::new())
}

/// Returns the same with the runs of some rows open.
pub fn model_with(
    book: &Playbook,
    record: Option<&Record>,
    seen: &Observation,
    unfolded: &Unfolded,
) -> LaneModel {
    let atlas = Atlas::new(book, record, seen);
    let landings = landings(&atlas);
    let gathered = gather(&atlas, &landings, unfolded);
    let mut drafts: Vec<Option<Draft>> = gathered.into_iter().map(Some).collect();
    let spots: Vec<Spot> = drafts
        .iter()
        .flatten()
        .map(|draft| draft.spot.clone())
        .collect();
    let (mut events, mut placed) = (Vec::new(), Vec::new());
    for draft in order(&spots)
        .into_iter()
        .filter_map(|index| drafts[index].take())
    {
        events.push(draft.event);
        placed.push(draft.spot);
    }
    leave_by_nodes(&atlas, &mut events, &placed);
    let mut first_at = HashMap::new();
    for (index, spot) in placed.iter().enumerate() {
        first_at.entry((spot.row, spot.place)).or_insert(index);
    }
    let history = History {
        first_at: &first_at,
        atlas: &atlas,
        landings: &landings,
        events: &events,
        spots: &placed,
    };
    let rows: Vec<Row> = (0..atlas.lanes.len()).map(|row| history.row(row)).collect();
    LaneModel {
        summary: summary(&atlas, &rows),
        now: Some(seen.now),
        first_relevant: history.first_relevant(),
        promotions: promotions(&atlas, &rows),
        stops: Vec::new(),
        rows,
        events,
    }
    .with_stops()
}

/// Lets a promotion leave from the node of the merged commit, where that is not right of its child.
fn leave_by_nodes(atlas: &Atlas<'_>, events: &mut [Event], spots: &[Spot]) {
    let mut nodes: HashMap<(usize, usize), usize> = HashMap::new();
    for (index, spot) in spots.iter().enumerate() {
        nodes.entry((spot.row, spot.place)).or_insert(index);
    }
    // How far each row is drawn left of the event looked at.
    let mut furthest: Vec<usize> = vec![0; atlas.lanes.len()];
    for index in 0..events.len() {
        if let Some(before) = index.checked_sub(1) {
            let spot = &spots[before];
            furthest[spot.row] = furthest[spot.row].max(spot.place);
        }
        let Some((from, Some(place))) = spots[index].from else {
            continue;
        };
        let Some(link) = &mut events[index].link else {
            continue;
        };
        if link.is_pending || Some(from) == atlas.fix_row || events[index].node == Node::Cut {
            continue;
        }
        let is_overtaken = furthest[from] > place;
        link.leave = match nodes.get(&(from, place)) {
            Some(&node) if node + 1 == index => Leave::Previous,
            None if !is_overtaken => {
                nodes.insert((from, place), index);
                Leave::Commit
            }
            Some(_) | None => Leave::Tee,
        };
    }
}

/// Everything that a row is made from.
struct History<'a> {
    /// The first event of each row and place.
    first_at: &'a HashMap<(usize, usize), usize>,
    atlas: &'a Atlas<'a>,
    landings: &'a [Landing],
    events: &'a [Event],
    spots: &'a [Spot],
}

impl History<'_> {
    fn row(&self, row: usize) -> Row {
        match self.atlas.lanes[row] {
            Some(lane) => self.lane_row(row, lane),
            None => self.fix_row(row),
        }
    }

    fn lane_row(&self, row: usize, lane: &Lane) -> Row {
        let has_fix = self.atlas.record.is_some();
        let is_due = self.due().is_some() || self.landings.iter().any(|l| l.landed.is_some());
        let standing = has_fix.then(|| standing(self.atlas, row, lane, self.landings[row], is_due));
        let (begins, changes) = self.line(row, lane, standing.as_ref());
        let mut made = Row {
            kind: RowKind::Lane {
                lane: lane.name.clone(),
                layer: lane.layer,
                is_release: lane.pattern.is_some(),
            },
            name: show(lane.name.as_str()),
            standing,
            note: self.note(row, lane),
            first: self
                .atlas
                .cut_from(row)
                .and_then(|_| self.event_at(row, self.atlas.start(row))),
            begins,
            changes,
            folds: self.folds(row),
            sentence: String::new(),
        };
        made.sentence = sentence(self.atlas, &made);
        made
    }

    fn fix_row(&self, row: usize) -> Row {
        let opening = self.atlas.record.and_then(|record| record.opening.as_ref());
        let hotfix = self
            .atlas
            .record
            .map_or("", |record| record.hotfix.as_str());
        let name = opening.map_or_else(
            || hotfix.to_owned(),
            |opening| show(opening.branch.as_str()),
        );
        let commits = self.atlas.fix_commits();
        let count = commits.len();
        let note = match (&self.atlas.seen.fix, commits.last()) {
            (Seen::Unknown { why }, _) => format!("not seen: {why}"),
            (Seen::Known { .. } | Seen::Stale { .. }, None) => "no commits yet".to_owned(),
            (Seen::Known { .. } | Seen::Stale { .. }, Some(last)) => format!(
                "{count} commit{} by {}",
                if count == 1 { "" } else { "s" },
                last.author.show()
            ),
        };
        let mut made = Row {
            kind: RowKind::Fix,
            name,
            standing: None,
            note,
            first: None,
            begins: Membership::Contains,
            changes: Vec::new(),
            folds: self.folds(row),
            sentence: String::new(),
        };
        made.sentence = sentence(self.atlas, &made);
        made
    }

    /// Without a hotfix the right column says where the lane is, and that it is frozen.
    fn note(&self, row: usize, lane: &Lane) -> String {
        let tip = self.tip_note(row);
        match self.atlas.seen.frozen.value() {
            Some(Some(frozen)) if frozen.lane == lane.name => {
                format!("FROZEN by {}, {tip}", show(frozen.by.as_str()))
            }
            Some(Some(_) | None) | None => tip,
        }
    }

    fn tip_note(&self, row: usize) -> String {
        match (&self.atlas.seen.history, self.atlas.chain(row).last()) {
            (Seen::Unknown { why }, _) => format!("not seen: {why}"),
            (Seen::Known { .. } | Seen::Stale { .. }, None) => "no commits seen".to_owned(),
            (Seen::Known { .. } | Seen::Stale { .. }, Some(tip)) => format!(
                "{} {}",
                tip.id.short(),
                moment(self.atlas.seen.now, tip.committed_at)
            ),
        }
    }

    /// Returns how the line begins and from which events on it is another.
    fn line(
        &self,
        row: usize,
        lane: &Lane,
        standing: Option<&Standing>,
    ) -> (Membership, Vec<(usize, Membership)>) {
        let Some(standing) = standing else {
            return (Membership::Free, Vec::new());
        };
        let landing = self.landings[row];
        let landed = landing.landed.and_then(|place| self.event_at(row, place));
        match standing.word {
            StandingWord::In | StandingWord::Equivalent => match landed {
                Some(event) => (Membership::Free, vec![(event, Membership::Contains)]),
                // Nothing came in: it counts from now on, because somebody says so.
                None if self.atlas.is_unreached(&lane.name) => {
                    let now = self.last_on(row).map(|event| (event, Membership::Contains));
                    (Membership::Free, now.into_iter().collect())
                }
                // It came in before the visible history begins.
                None => (Membership::Contains, Vec::new()),
            },
            StandingWord::Reverted | StandingWord::Changed => {
                let lost = landing
                    .reverted
                    .and_then(|place| self.event_at(row, place))
                    .or_else(|| self.last_on(row));
                let mut changes: Vec<(usize, Membership)> = Vec::new();
                changes.extend(landed.map(|event| (event, Membership::Contains)));
                let from = lost.or_else(|| self.due()).unwrap_or(0);
                changes.push((from.max(landed.unwrap_or(0)), Membership::Lacks));
                (Membership::Free, changes)
            }
            StandingWord::Unknown => {
                let known = landed.map(|event| (event, Membership::Unknown));
                (Membership::Unknown, known.into_iter().collect())
            }
            StandingWord::NotDue => (Membership::Free, Vec::new()),
            StandingWord::Missing | StandingWord::Pending => {
                let asked = |event: &Event| event.row == row && event.node == Node::Pending;
                let is_asked = standing.word == StandingWord::Pending;
                let asked = self.events.iter().position(asked).filter(|_| is_asked);
                let from = asked.or_else(|| self.due());
                let lacks = from.filter(|_| self.atlas.needs_fix(lane) || is_asked);
                let changes = lacks.map(|event| (event, Membership::Lacks));
                (Membership::Free, changes.into_iter().collect())
            }
        }
    }

    /// Returns the event from which on every lane should have the fix: where it landed first, RUN before BUILD.
    fn due(&self) -> Option<usize> {
        let landed = |layer: Option<Layer>| {
            let rows = self.atlas.lane_rows();
            rows.filter(|(_, lane)| layer.is_none_or(|layer| lane.layer == layer))
                .filter_map(|(row, _)| self.event_at(row, self.landings[row].landed?))
                .min()
        };
        landed(Some(Layer::Run)).or_else(|| landed(None))
    }

    fn event_at(&self, row: usize, place: usize) -> Option<usize> {
        // What came in before a release branch was cut is there from its beginning.
        let place = place.max(self.atlas.start(row));
        self.first_at.get(&(row, place)).copied()
    }

    fn last_on(&self, row: usize) -> Option<usize> {
        let real = |spot: &Spot| spot.row == row && spot.place != usize::MAX;
        self.spots.iter().rposition(real)
    }

    /// Returns how many commits of a row lie folded before each event that touches it.
    fn folds(&self, row: usize) -> Vec<Fold> {
        let mut folds = Vec::new();
        let mut shown_to: Option<usize> = None;
        for (index, spot) in self.spots.iter().enumerate() {
            let leaves_by_node = self.events[index]
                .link
                .is_some_and(|link| link.leave == Leave::Commit);
            let touch = if spot.row == row {
                Some((spot.place, true))
            } else {
                let from = spot.from.filter(|(from, _)| *from == row);
                from.and_then(|(_, place)| Some((place?, leaves_by_node)))
            };
            let Some((place, is_node)) = touch.filter(|(place, _)| *place != usize::MAX) else {
                continue;
            };
            if let Some(before) = shown_to {
                let hidden = place
                    .saturating_sub(before)
                    .saturating_sub(usize::from(is_node));
                let newest = if is_node {
                    place.checked_sub(1)
                } else {
                    Some(place)
                };
                let key = newest.filter(|_| hidden > 0);
                let key = key.and_then(|place| self.run_at(row, place));
                folds.extend(key.map(|key| Fold {
                    at: index,
                    count: hidden,
                    key,
                }));
            }
            shown_to = shown_to.max(Some(place));
        }
        folds
    }

    /// Returns the key of the run whose newest commit is at `place`.
    fn run_at(&self, row: usize, place: usize) -> Option<EventKey> {
        match self.atlas.lanes[row] {
            Some(lane) => {
                let commit = self.atlas.chain(row).get(place)?;
                let key = RowKey::Lane(lane.name.clone());
                Some(EventKey::Run(key, commit.id.clone()))
            }
            None => {
                // Place 0 of the hotfix row is where it leaves its base.
                let commit = self.atlas.fix_commits().get(place.checked_sub(1)?)?;
                Some(EventKey::Run(RowKey::Fix, commit.id.clone()))
            }
        }
    }

    /// Returns the first event of the hotfix; without one, the first of the newest few.
    fn first_relevant(&self) -> usize {
        let is_ours = |event: &Event| match &event.key {
            EventKey::Cut | EventKey::Fix(_) | EventKey::Conflict(_) | EventKey::Request(_) => true,
            EventKey::Commit(..)
            | EventKey::Tag(..)
            | EventKey::Deployment(..)
            | EventKey::Run(..)
            | EventKey::Edge(..) => false,
        };
        let recent = self.events.len().saturating_sub(RECENT);
        let ours = self.events.iter().position(is_ours).unwrap_or(recent);
        self.due().unwrap_or(ours).min(ours)
    }
}
