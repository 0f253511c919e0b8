//! Who else watches a hotfix, and what they look at: one small ref per console beside the record, replaced in place.
//!
//! `<prefix>/presence/<hotfix>/<console>` holds one commit without a parent, so that it grows nothing and is gone when
//! its console leaves. A console alone announces itself once and every few minutes; in company it also does when its
//! selection changes, when somebody comes, and once a minute. Whether somebody is still there is judged by changes
//! that we saw ourselves, on our own clock. Comfort only: nothing is decided on it.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use crate::engine::Present;
use crate::git::NewLink;
use crate::git::RefUpdate;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::Person;
use crate::model::RefName;
use crate::model::Untrusted;

use super::clock;
use super::fault::Fault;
use super::fault::FaultKind;
use super::workspace::Workspace;

/// Between two announcements that say nothing new.
const ALONE: Duration = Duration::from_secs(300);
const TOGETHER: Duration = Duration::from_secs(60);
/// After so long without a change somebody is away.
const AWAY: Duration = Duration::from_secs(150);
const FILE: &str = "presence.json";
/// More is cut: a colleague's console may be of another version, or hostile.
const LONGEST: usize = 200;

/// What was heard of the remote's records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// Something besides presence moved: it is worth a look.
    pub has_moved: bool,
    /// Who else is here now.
    pub present: Vec<Present>,
}

/// What this console knows of others, and when it announced itself.
#[derive(Debug, Default)]
pub(super) struct Company(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    others: BTreeMap<RefName, Met>,
    /// What was announced last, where, and when.
    said: Option<(RefName, String, Duration)>,
}

#[derive(Debug, Clone)]
struct Met {
    at: CommitId,
    since: Duration,
    present: Option<Present>,
}

impl Workspace {
    /// Listens to the remote's records, and says to whoever watches the same hotfix that we do too, and where we look.
    /// Keeps the driver's seat meanwhile. Made every few seconds: one list of refs, and a push or a fetch where
    /// somebody moved.
    pub async fn listen(&self, hotfix: &HotfixId, looks_at: &str) -> Result<Heard, Fault> {
        self.keep_seats().await?;
        let carrier = self.chains().carrier();
        let (prefix, presences) = (carrier.folder(), carrier.presences());
        let listed = self.chains().list().await;
        let listed = listed.map_err(|error| unheard(&error))?;
        let is_presence = |name: &RefName| name.as_str().starts_with(&presences);
        let kept = self.on_chains(move |chains| chains.kept(&prefix)).await?;
        let mut before: BTreeMap<RefName, CommitId> = kept.into_iter().collect();
        before.retain(|name, _| !is_presence(name));
        let (presence, records): (BTreeMap<_, _>, BTreeMap<_, _>) =
            listed.into_iter().partition(|(name, _)| is_presence(name));
        let here = carrier.presence_of(hotfix);
        let mine = carrier.presence(hotfix, self.console()).map_err(|error| {
            Fault::caused(FaultKind::Config, "the record prefix is not a ref", &error)
        })?;
        let others: BTreeMap<&RefName, &CommitId> = presence
            .iter()
            .filter(|(name, _)| name.as_str().starts_with(&here) && **name != mine)
            .collect();
        let (present, has_news) = self.meet(&others).await?;
        self.announce(&mine, presence.get(&mine), looks_at, &present, has_news)
            .await?;
        Ok(Heard {
            has_moved: records != before,
            present,
        })
    }

    /// Says that we do not watch any more.
    pub async fn leave(&self) {
        let said = self.company().known().said.take();
        let Some((name, ..)) = said else {
            return;
        };
        let gone = async {
            let listed = self.chains().list().await?;
            let Some(at) = listed.get(&name) else {
                return Ok(());
            };
            let update = RefUpdate {
                name: name.clone(),
                new: None,
                expected: Some(at.clone()),
                replaces: true,
            };
            self.chains()
                .push_all(std::slice::from_ref(&update))
                .await
                .map(drop)
        };
        if let Err(error) = gone.await {
            tracing::debug!(%error, "others see us for a while longer");
        }
    }

    /// Brings what is known of others up to what the remote lists; tells also whether somebody came.
    async fn meet(
        &self,
        others: &BTreeMap<&RefName, &CommitId>,
    ) -> Result<(Vec<Present>, bool), Fault> {
        let now = self.since_boot();
        let known = self.company().known().others.clone();
        let mut met = BTreeMap::new();
        let mut has_news = false;
        for (name, at) in others {
            let one = match known.get(*name) {
                Some(before) if before.at == **at => before.clone(),
                before => {
                    has_news |= before.is_none();
                    let head = self.chains().fetch(name).await;
                    let head = head.map_err(|error| unheard(&error))?;
                    let present = match head {
                        Some(head) => self.present(&head).await?,
                        None => None,
                    };
                    Met {
                        at: (*at).clone(),
                        since: now,
                        present,
                    }
                }
            };
            met.insert((*name).clone(), one);
        }
        let present = met
            .values()
            .filter_map(|one| {
                let mut present = one.present.clone()?;
                present.is_away = now.saturating_sub(one.since) >= AWAY;
                Some(present)
            })
            .collect();
        self.company().known().others = met;
        Ok((present, has_news))
    }

    async fn present(&self, at: &CommitId) -> Result<Option<Present>, Fault> {
        let at = at.clone();
        let links = self.on_chains(move |chains| chains.read(&at, None)).await?;
        let link = links.into_iter().next_back();
        Ok(link.and_then(|mut link| decode(&link.files.remove(FILE)?)))
    }

    async fn announce(
        &self,
        name: &RefName,
        at: Option<&CommitId>,
        looks_at: &str,
        present: &[Present],
        has_news: bool,
    ) -> Result<(), Fault> {
        let now = self.since_boot();
        let has_company = present.iter().any(|one| !one.is_away);
        let is_due = match &self.company().known().said {
            Some((said, words, when)) if said == name => {
                let passed = now.saturating_sub(*when);
                let is_new = has_company && (has_news || words != looks_at);
                // A remote that does not keep it is not asked to each time.
                let is_often = has_company || at.is_none();
                (is_new && at.is_some()) || passed >= if is_often { TOGETHER } else { ALONE }
            }
            Some(_) | None => true,
        };
        if !is_due {
            return Ok(());
        }
        let me = self.driver(self.me());
        let json = json!({
            "v": 1,
            "actor": {"uid": me.person.id, "name": me.person.name, "login": me.person.login},
            "device": me.device,
            "console": me.console,
            "looks_at": looks_at,
            // Two announcements never are the same commit: a change is how others hear us.
            "beat": clock::fresh_id().to_string(),
        });
        let link = NewLink {
            author: me.person,
            at: clock::now(),
            message: "presence".to_owned(),
            files: BTreeMap::from([(FILE.to_owned(), json.to_string().into_bytes())]),
        };
        let built = self
            .on_chains(move |chains| chains.build(None, &link))
            .await?;
        let update = RefUpdate {
            name: name.clone(),
            new: Some(built),
            expected: at.cloned(),
            replaces: true,
        };
        let pushed = self.chains().push_all(std::slice::from_ref(&update)).await;
        pushed.map_err(|error| unheard(&error))?;
        // Said also where the remote did not take it: it is not asked again each time.
        self.company().known().said = Some((name.clone(), looks_at.to_owned(), now));
        Ok(())
    }
}

impl Company {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn decode(bytes: &[u8]) -> Option<Present> {
    let json: Value = serde_json::from_slice(bytes).ok()?;
    let text = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        text.chars().take(LONGEST).collect::<String>()
    };
    let actor = json.get("actor")?;
    Some(Present {
        console: text(json.get("console")?).parse().ok()?,
        person: Person {
            id: text(actor.get("uid")?),
            name: Untrusted::new(text(actor.get("name")?)),
            login: None,
        },
        device: Untrusted::new(text(json.get("device")?)),
        looks_at: text(json.get("looks_at")?),
        is_away: false,
    })
}

fn unheard(error: &dyn std::error::Error) -> Fault {
    Fault::caused(FaultKind::Remote, "cannot listen to the remote", error)
}
