//! Paints the graph: lines by membership, folded runs, connectors, nodes, labels.

use std::ops::Range;

use super::columns::Columns;
use super::drawing::Role;
use super::drawing::View;
use super::event::Event;
use super::event::LaneModel;
use super::event::Leave;
use super::event::Link;
use super::event::Membership;
use super::event::Node;
use super::event::RowKind;
use super::glyphs::Glyphs;
use super::paint::Sheet;
use super::paint::measure;
use super::stack::Stack;

/// Everything that painting needs to know.
pub(super) struct Graph<'a> {
    pub(super) model: &'a LaneModel,
    pub(super) view: &'a View,
    pub(super) glyphs: &'a Glyphs,
    pub(super) stack: &'a Stack,
    pub(super) columns: &'a Columns,
    /// The graph's first cell and the one after its last.
    pub(super) left: usize,
    pub(super) right: usize,
}

impl Graph<'_> {
    /// Paints in the order of importance: what comes later wins a cell, labels take only free ones.
    pub(super) fn paint(&self, sheet: &mut Sheet) {
        for row in 0..self.model.rows.len() {
            self.line(sheet, row);
            self.past(sheet, row);
            self.folds(sheet, row);
        }
        for (index, column) in self.events() {
            let event = &self.model.events[index];
            if let Some(link) = event.link {
                self.connector(sheet, index, event, link, column);
            }
        }
        for (index, column) in self.events() {
            let event = &self.model.events[index];
            let (glyph, role) = self.node(event);
            let line = self.stack.line(event.row);
            sheet.put(line, column, glyph, role);
            self.hit(sheet, line, column..column + 1, event);
        }
        for (index, column) in self.events() {
            self.label(sheet, &self.model.events[index], column);
        }
    }

    /// Returns the events shown with their columns on the sheet.
    pub(super) fn events(&self) -> impl DoubleEndedIterator<Item = (usize, usize)> + '_ {
        self.columns
            .iter()
            .map(|(event, column)| (event, self.left + column))
    }

    fn hit(&self, sheet: &mut Sheet, line: usize, columns: Range<usize>, event: &Event) {
        let is_selected = self.view.selected.as_ref() == Some(&event.key);
        sheet.hit(line, columns, &event.key, is_selected);
    }

    /// Draws a row's line, each stretch by what it contains.
    fn line(&self, sheet: &mut Sheet, row: usize) {
        let made = &self.model.rows[row];
        let line = self.stack.line(row);
        let Some(extent) = self.extent(row) else {
            return;
        };
        let mut event = self.columns.first.checked_sub(1);
        let mut coming = self.events().peekable();
        for column in self.left..self.right {
            while let Some((index, _)) = coming.next_if(|(_, at)| *at <= column) {
                event = Some(index);
            }
            if extent.contains(&column) {
                let (glyph, role) = match made.membership(event) {
                    Membership::Contains => (self.glyphs.heavy, Role::LineContains),
                    Membership::Free => (self.glyphs.line, Role::Line),
                    Membership::Lacks => (self.glyphs.lacking, Role::LineLacks),
                    Membership::Unknown => (self.glyphs.line, Role::LineUnknown),
                };
                sheet.put(line, column, glyph, role);
            }
        }
        if self.columns.first > 0 && extent.start == self.left {
            sheet.put(line, self.left, self.glyphs.cut, Role::Dim);
        }
        if self.columns.is_panned && extent.end == self.right {
            sheet.put(line, self.right - 1, self.glyphs.cut, Role::Dim);
        }
    }

    /// Says at the left edge what a lane that rests was last: without it, a long line says nothing.
    fn past(&self, sheet: &mut Sheet, row: usize) {
        let touches = |index: usize| self.touches(row, index);
        let is_lane = matches!(self.model.rows[row].kind, RowKind::Lane { .. });
        let rests = !self.events().any(|(index, _)| touches(index));
        let line = self.stack.line(row);
        if !is_lane || !rests || self.extent(row).is_none_or(|at| at.start != self.left) {
            return;
        }
        let is_own = |index: &usize| self.model.events[*index].row == row;
        let has_label =
            |index: &usize| is_own(index) && !self.model.events[*index].labels.is_empty();
        let mut hidden = (0..self.columns.first).rev();
        let named = hidden.clone().find(has_label);
        let Some(last) = named.or_else(|| hidden.find(is_own)) else {
            return;
        };
        // Uprights of other connectors cross the line: the words end before the first.
        let crossing = self.events().find(|(index, _)| {
            let event = &self.model.events[*index];
            event.link.is_some_and(|link| {
                let lines = [self.stack.line(link.from), self.stack.line(event.row)];
                (lines[0].min(lines[1])..lines[0].max(lines[1])).contains(&line)
            })
        });
        let end = crossing
            .map_or(self.right, |(_, column)| column)
            .saturating_sub(2);
        let event = &self.model.events[last];
        let start = self.left + 1;
        let room = end.saturating_sub(start + 2);
        let label = event.labels.iter().find(|label| measure(label) < room);
        if room == 0 {
            return;
        }
        let (glyph, role) = self.node(event);
        sheet.put(line, start, glyph, role);
        let mut wide = 1;
        if let Some(label) = label {
            let text = format!(" {label} ");
            sheet.write(
                line,
                start + 1,
                room + 1,
                &text,
                Role::Label,
                self.glyphs.cut,
            );
            wide += measure(&text);
        }
        self.hit(sheet, line, start - 1..start + wide, event);
    }

    /// Tells whether an event is on a row or leaves from it.
    fn touches(&self, row: usize, index: usize) -> bool {
        let event = &self.model.events[index];
        event.row == row || event.link.is_some_and(|link| link.from == row)
    }

    /// Returns the columns of a row's line: all for a lane, from its beginning to its last use for the hotfix.
    fn extent(&self, row: usize) -> Option<Range<usize>> {
        match self.model.rows[row].kind {
            RowKind::Lane { .. } => {
                let first = self.model.rows[row].first;
                let first = first.filter(|event| *event >= self.columns.first);
                let start = match first {
                    Some(event) => self.left + self.columns.of(event)?,
                    None => self.left,
                };
                return Some(start..self.right);
            }
            RowKind::Others => return None,
            RowKind::Fix => {}
        }
        let touches = |index: usize| {
            let event = &self.model.events[index];
            event.row == row || event.link.is_some_and(|link| link.from == row)
        };
        let mut touching = self.events().filter(|(index, _)| touches(*index));
        let (first, start) = touching.next()?;
        let (last, end) = touching.next_back().unwrap_or((first, start));
        let was_before = (0..self.columns.first).any(touches);
        let start = if was_before { self.left } else { start };
        let ends_here = self.model.events[last].row != row;
        let end = if ends_here { end + 1 } else { end + 3 };
        let is_later = (last + 1..self.model.events.len()).any(touches);
        Some(
            start..if is_later {
                self.right
            } else {
                end.min(self.right)
            },
        )
    }

    /// Writes how many commits a run stands for, into the widest stretch of it that no connector crosses.
    fn folds(&self, sheet: &mut Sheet, row: usize) {
        let line = self.stack.line(row);
        for fold in &self.model.rows[row].folds {
            let text = format!("{mark}{}{mark}", fold.count, mark = self.glyphs.fold);
            let wide = measure(&text);
            let Some(stretch) = self.widest_stretch(row, fold.at) else {
                continue;
            };
            let is_selected = self.view.selected.as_ref() == Some(&fold.key);
            let is_whole = stretch.start > self.left + 1;
            if stretch.len() >= wide + 2 && (is_whole || is_selected) {
                let start = stretch.start + (stretch.len() - wide).div_ceil(2);
                sheet.write(line, start, wide, &text, Role::Fold, self.glyphs.cut);
                sheet.hit(line, start..start + wide, &fold.key, is_selected);
            } else if is_selected && !stretch.is_empty() {
                // No room for the number: the line itself is what is selected.
                sheet.hit(line, stretch, &fold.key, true);
            }
        }
    }

    /// Returns the widest free stretch of a row between the event `at` and the one before it that touches the row.
    fn widest_stretch(&self, row: usize, at: usize) -> Option<Range<usize>> {
        self.columns.of(at)?;
        let touches = |index: &usize| {
            let event = &self.model.events[*index];
            event.row == row || event.link.is_some_and(|link| link.from == row)
        };
        let Some(before) = (self.columns.first..at).rev().find(touches) else {
            // The run began before what is shown.
            let end = self.left + self.columns.of(self.columns.first)?;
            return Some(self.left + 1..end.max(self.left + 2));
        };
        let stretches = (before + 1..=at).filter_map(|index| {
            let start = self.left + self.columns.of(index - 1)? + 1;
            let link = self.model.events[index].link;
            let has_node = link.is_some_and(|link| link.leave == Leave::Commit && link.from == row);
            let end = self.left + self.columns.of(index)? - if has_node { 2 } else { 0 };
            Some(start..end.max(start))
        });
        stretches.max_by_key(Range::len)
    }

    fn node(&self, event: &Event) -> (char, Role) {
        match event.node {
            Node::Commit => (self.glyphs.commit, Role::NodeCommit),
            Node::Merge => (self.glyphs.merge, Role::NodeMerge),
            Node::Tag | Node::Deployment => (self.glyphs.mark, Role::NodeMark),
            Node::FailedDeployment => (self.glyphs.mark, Role::NodeBad),
            Node::Fix => (self.glyphs.fix, Role::NodeFix),
            Node::Pending => (self.glyphs.pending, Role::NodePending),
            Node::Conflict => (self.glyphs.conflict, Role::NodeBad),
            Node::Revert => (self.glyphs.revert, Role::NodeBad),
            Node::Cut => {
                let is_above = event.link.is_some_and(|link| link.from < event.row);
                let corner = if is_above {
                    self.glyphs.up_right
                } else {
                    self.glyphs.down_right
                };
                (corner, Role::Connector)
            }
        }
    }

    /// Draws a connector: out of its line, along the column of its event, to the node.
    fn connector(&self, sheet: &mut Sheet, index: usize, event: &Event, link: Link, column: usize) {
        let (from, to) = (self.stack.line(link.from), self.stack.line(event.row));
        let role = if link.is_pending {
            Role::ConnectorPending
        } else {
            Role::Connector
        };
        let upright = if link.is_pending {
            self.glyphs.dashed
        } else {
            self.glyphs.vertical
        };
        for line in from.min(to) + 1..from.max(to) {
            sheet.put(line, column, upright, role);
            self.hit(sheet, line, column..column + 1, event);
        }
        if link.leave == Leave::Commit {
            sheet.put(from, column - 2, self.glyphs.commit, Role::NodeCommit);
            self.hit(sheet, from, column - 2..column - 1, event);
        }
        if let Some((gap, start)) = self.step(index, event, link, column) {
            let (near, far) = if to > from {
                (self.glyphs.up_right, self.glyphs.down_left)
            } else {
                (self.glyphs.down_right, self.glyphs.up_left)
            };
            sheet.put(gap, start, near, role);
            for across in start + 1..column {
                sheet.put(gap, across, self.glyphs.horizontal, role);
            }
            sheet.put(gap, column, far, role);
            self.hit(sheet, gap, start..column, event);
            return;
        }
        let glyph = match (self.is_end_of_fix(link.from, index), to > from) {
            (false, true) => self.glyphs.tee_down,
            (false, false) => self.glyphs.tee_up,
            (true, true) => self.glyphs.down_left,
            (true, false) => self.glyphs.up_left,
        };
        sheet.put(from, column, glyph, role);
        self.hit(sheet, from, column..column + 1, event);
    }

    /// Returns the gap line and the column in which a connector steps from its node to its own column.
    fn step(
        &self,
        index: usize,
        event: &Event,
        link: Link,
        column: usize,
    ) -> Option<(usize, usize)> {
        let gap = self
            .stack
            .gap_towards(link.from, self.stack.line(event.row))?;
        match link.leave {
            Leave::Tee => None,
            Leave::Commit => Some((gap, column - 2)),
            Leave::Previous => {
                let before = index.checked_sub(1)?;
                let start = self.left + self.columns.of(before)?;
                let other = self.model.events[before].link;
                let is_crossed = other.is_some_and(|link| {
                    let lines =
                        [link.from, self.model.events[before].row].map(|row| self.stack.line(row));
                    (lines[0].min(lines[1])..lines[0].max(lines[1])).contains(&gap)
                });
                (!is_crossed).then_some((gap, start))
            }
        }
    }

    /// Tells whether the hotfix's line ends with this event's connector.
    fn is_end_of_fix(&self, row: usize, index: usize) -> bool {
        let touches =
            |event: &Event| event.row == row || event.link.is_some_and(|link| link.from == row);
        self.model.rows[row].kind == RowKind::Fix
            && !self.model.events[index + 1..].iter().any(touches)
    }

    /// Writes the label of a tag or go-live into its own line, where there is no other room.
    fn label_on_line(&self, sheet: &mut Sheet, event: &Event, column: usize) {
        let line = self.stack.line(event.row);
        if event.link.is_some() {
            return;
        }
        for label in &event.labels {
            let text = format!(" {label} ");
            let wide = measure(&text);
            let place = column + 1..column + 1 + wide;
            // One cell of line is left, so that the weight of the line can still be read.
            if place.end < self.right && sheet.is_line(line, place.start..place.end + 1) {
                sheet.write(line, place.start, wide, &text, Role::Label, self.glyphs.cut);
                self.hit(sheet, line, place, event);
                return;
            }
        }
    }

    /// Writes an event's label where there is room: along its connector, else below or above its node.
    fn label(&self, sheet: &mut Sheet, event: &Event, column: usize) {
        let own = self.stack.line(event.row);
        let gaps: Vec<usize> = match event.link {
            Some(link) => {
                let from = self.stack.line(link.from);
                let between: Vec<usize> = (from.min(own) + 1..from.max(own))
                    .filter(|line| self.stack.row_at(*line).is_none())
                    .collect();
                if own > from {
                    between
                } else {
                    between.into_iter().rev().collect()
                }
            }
            None => {
                let below = self.stack.gap_towards(event.row, own + 1);
                let above = own.checked_sub(1);
                let above = above.and_then(|above| self.stack.gap_towards(event.row, above));
                below.into_iter().chain(above).collect()
            }
        };
        for label in &event.labels {
            let wide = measure(label);
            for gap in &gaps {
                let start = match event.link {
                    Some(_) => column + 2,
                    None => column
                        .saturating_sub(wide / 2)
                        .clamp(self.left, self.right.saturating_sub(wide).max(self.left)),
                };
                let around = start.saturating_sub(1)..(start + wide + 1).min(self.view.width);
                if start + wide <= self.right && sheet.is_free(*gap, around) {
                    sheet.write(*gap, start, wide, label, Role::Label, self.glyphs.cut);
                    self.hit(sheet, *gap, start..start + wide, event);
                    return;
                }
            }
        }
        self.label_on_line(sheet, event, column);
    }
}
