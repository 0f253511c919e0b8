//! The same hand and eye for the local forge, which knows neither keys nor programs.

use async_trait::async_trait;

use crate::forge::local::Notary;
use crate::model::Seal;
use crate::model::Signed;
use crate::model::Timestamp;

use super::Signing;

#[async_trait]
impl Notary for Signing {
    fn is_required(&self, kind: &str) -> bool {
        self.required().contains(kind)
    }

    async fn seal(&self, kind: &str, text: String) -> Seal {
        self.seal_text(kind, text).await
    }

    async fn worth(&self, kind: &str, who: &str, at: Timestamp, seal: &Seal) -> Signed {
        Self::worth(self, kind, who, at, seal).await
    }
}
