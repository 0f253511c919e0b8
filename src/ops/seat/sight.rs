//! Who drives, for a look: read from what was fetched, with how long it has been so.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::engine::LockSight;
use crate::model::EnvironmentName;
use crate::model::LockId;
use crate::model::Person;
use crate::model::Project;
use crate::model::RefName;
use crate::model::Seen;
use crate::record::Driver;
use crate::record::lock_id;

use super::super::clock::Booted;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::workspace::Workspace;
use super::place::Place;

/// The lock log of one deploy target: its id and its ref.
pub(in crate::ops) struct Target {
    pub(in crate::ops) id: LockId,
    pub(in crate::ops) name: RefName,
}

impl Workspace {
    /// Returns the lock log of an environment.
    pub(in crate::ops) fn lock_target(
        &self,
        environment: &EnvironmentName,
    ) -> Result<Target, Fault> {
        // The log lies in the project's own remote, so that a plain remote needs no host in its name.
        let (host, project) = match self.reach() {
            Some(reach) => (reach.place.host.as_str(), reach.place.project.as_str()),
            None => ("", self.settings().project.name.as_str()),
        };
        let id = lock_id(host, project, environment);
        let name = self.chains().carrier().lock(&id).map_err(|error| {
            Fault::caused(FaultKind::Config, "the record prefix is not a ref", &error)
        })?;
        Ok(Target { id, name })
    }

    /// Returns this console as a driver, called as the forge calls its operator.
    pub(in crate::ops) fn driver(&self, as_seen: &Person) -> Driver {
        let own = self.me();
        Driver {
            console: self.console().clone(),
            person: Person {
                id: own.id.clone(),
                name: own.name.clone(),
                login: as_seen.login.clone(),
            },
            device: self.device().to_owned(),
        }
    }

    /// Notes what a fetch that began at `asked` and succeeded shows of every lock log. What cannot be read is told by looks.
    pub(in crate::ops) async fn note_locks(&self, asked: &Booted) {
        if self.why_no_lock().is_some() {
            return;
        }
        let me = self.driver(self.me());
        for environment in targets(&self.settings().project) {
            let noted = async {
                let target = self.lock_target(&environment)?;
                let name = target.name.clone();
                let head = self.on_chains(move |chains| chains.head(&name)).await?;
                if head.is_some() || self.memos().get(&target.id).head.is_some() {
                    let place = Place::of(self, target, me.clone());
                    place.log().see(head.as_ref(), asked).await?;
                }
                Ok::<(), Fault>(())
            };
            match noted.await {
                Ok(()) => self.memos().well(&environment),
                Err(fault) => {
                    tracing::warn!(%fault, "a lock log was not read");
                    self.memos().ill(&environment, fault.to_string());
                }
            }
        }
    }

    /// Returns who drives each deploy target, as last noted.
    pub(in crate::ops) async fn lock_sights(
        &self,
        as_seen: &Person,
    ) -> BTreeMap<EnvironmentName, Seen<LockSight>> {
        let me = self.driver(as_seen);
        let mut sights = BTreeMap::new();
        for environment in targets(&self.settings().project) {
            let seen = self.lock_sight(&environment, &me).await;
            sights.insert(environment, seen);
        }
        sights
    }

    async fn lock_sight(&self, environment: &EnvironmentName, me: &Driver) -> Seen<LockSight> {
        if let Some(why) = self.memos().trouble(environment) {
            return Seen::unknown(why);
        }
        let target = match self.lock_target(environment) {
            Ok(target) => target,
            Err(fault) => return Seen::unknown(fault.to_string()),
        };
        let now = self.boot().read();
        let memo = self.memos().get(&target.id);
        let (signed, flaws) = memo.claims.weigh(self.signing()).await;
        let no_lock = self.why_no_lock();
        let sight = LockSight {
            silent: memo.silent(),
            mine_for: memo.mine_for(&now),
            id: target.id,
            me: me.clone(),
            refused: no_lock.map(str::to_owned).or_else(|| memo.refused(&now)),
            lock: memo.lock,
            taken_over: memo.taken_over,
            signed,
            flaws,
        };
        Seen::known(sight, super::super::clock::now())
    }
}

impl Workspace {
    /// Says that we are still there, where we drive and have said nothing for a while.
    pub(in crate::ops) async fn keep_seats(&self) -> Result<(), Fault> {
        if self.why_no_lock().is_some() {
            return Ok(());
        }
        let me = self.driver(self.me());
        for environment in targets(&self.settings().project) {
            let target = self.lock_target(&environment)?;
            Place::of(self, target, me.clone()).keep().await?;
        }
        Ok(())
    }
}

/// Returns everything that has a driver's seat: each environment, and the production lane where it has none.
pub(super) fn targets(project: &Project) -> BTreeSet<EnvironmentName> {
    let named = project.environments.iter().map(|one| one.name.clone());
    let lane = project
        .production()
        .filter(|lane| lane.environment.is_none())
        .and_then(|lane| lane.name.as_str().parse().ok());
    named.chain(lane).collect()
}
