//! Draws the proposal as text, BUILD above RUN.

use crate::model::Layer;

use super::Guess;
use super::GuessedLane;
use super::GuessedProduction;

impl Guess {
    /// Returns the lanes as a drawing, one line per lane.
    pub fn drawing(&self) -> String {
        let labels: Vec<String> = self.lanes.iter().map(label).collect();
        let width = labels
            .iter()
            .map(|label| label.chars().count())
            .max()
            .unwrap_or(0);
        let mut drawing = String::new();
        for layer in [Layer::Build, Layer::Run] {
            let mut title = layer.word();
            for (lane, label) in self.lanes.iter().zip(&labels) {
                if lane.layer.value != layer {
                    continue;
                }
                let targets: Vec<&str> = lane
                    .merges_into
                    .iter()
                    .map(|into| into.value.as_str())
                    .collect();
                let leads = if targets.is_empty() {
                    self.end(lane)
                } else {
                    format!("--> {}", targets.join(", "))
                };
                drawing.push_str(&format!("{title:<6} {label:<width$}  {leads}\n"));
                title = "";
            }
        }
        drawing
    }

    fn end(&self, lane: &GuessedLane) -> String {
        let is_production = lane
            .environment
            .as_ref()
            .is_some_and(|environment| environment.value == "production");
        match &self.production {
            GuessedProduction::One { .. } if is_production => {
                "production: needs confirmation".to_owned()
            }
            GuessedProduction::Several(_) | GuessedProduction::Unknown if is_production => {
                "production: needs a choice".to_owned()
            }
            GuessedProduction::One { .. }
            | GuessedProduction::Several(_)
            | GuessedProduction::Unknown => "leads nowhere".to_owned(),
        }
    }
}

fn label(lane: &GuessedLane) -> String {
    if lane.name == lane.branch.as_str() {
        lane.name.clone()
    } else {
        format!("{} ({})", lane.name, lane.branch)
    }
}
