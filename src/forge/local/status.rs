//! Statuses: one line about a commit under a name, from somebody who is no check.

use std::sync::Arc;

use crate::forge::Error;
use crate::forge::NewStatus;
use crate::forge::Written;

use super::event::Event;
use super::ledger::Step;
use super::ledger::View;
use super::options::Local;
use super::request::append;

impl Local {
    pub(super) async fn set_status(
        self: &Arc<Self>,
        status: &NewStatus,
    ) -> Result<Written<()>, Error> {
        let status = status.clone();
        let decide = move |view: &View| Ok(decide_status(view, &status));
        self.ledger.act("the status", self.stamp(), decide).await
    }
}

fn decide_status(view: &View, new: &NewStatus) -> Step<()> {
    let key = (new.commit.clone(), new.name.clone());
    let is_same = view
        .state
        .statuses
        .get(&key)
        .is_some_and(|status| status.state == new.state && status.text == new.text);
    if is_same {
        return Step::Settled(Written::AlreadyDone(()));
    }
    let event = Event::StatusSet {
        commit: new.commit.clone(),
        name: new.name.clone(),
        state: new.state,
        text: new.text.clone(),
    };
    append(event, ())
}
