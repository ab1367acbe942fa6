//! What all experiments of a project have in common, and for whom it is built.

use edgewise_core::Key;
use std::collections::BTreeMap;
use thiserror::Error;

/// What all experiments of a project have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// 16 lower-case hexadecimal digits.
    pub seed: String,
    /// The unit types; the first is the default.
    pub units: Vec<String>,
    /// Whose experiments these are where a build names no tenant.
    pub tenant: Option<String>,
    /// Where they run where a build names no environment.
    pub environment: Option<String>,
    /// Where else they run: name to its own seed, if it has one.
    pub environments: BTreeMap<String, Option<String>>,
    /// Whose experiments there are besides.
    pub tenants: Vec<String>,
    /// What is on.
    pub switches: Switches,
    /// The paths of attributes whose literals a browser must not see.
    pub private: Vec<Vec<String>>,
}

/// Turns whole parts of the system on and off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "four switches, each on or off by itself")]
pub struct Switches {
    /// Off: no experiment takes a unit.
    pub experiments: bool,
    /// Off: no rule of a flag is tried.
    pub flags: bool,
    /// Off: nothing is analysed.
    pub analysis: bool,
    /// Off: guardrails are measured and decide nothing.
    pub guardrails: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self { experiments: true, flags: true, analysis: true, guardrails: true }
    }
}

/// For whom a build is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The environment; the workspace's own where none is named.
    pub environment: Option<String>,
    /// The tenant; the workspace's own where none is named.
    pub tenant: Option<String>,
}

/// A build was asked for something that the workspace does not declare.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("edgewise.yaml declares no {kind} `{name}`")]
pub struct UnknownScope {
    /// `environment` or `tenant`.
    pub kind: &'static str,
    /// What was asked for.
    pub name: String,
    /// What was probably meant, or what there is.
    pub advice: String,
}

impl Workspace {
    /// The scope with the workspace's own environment and tenant where it names none.
    pub fn scope(&self, asked: &Scope) -> Result<Scope, UnknownScope> {
        let environments = self.environments.keys().chain(&self.environment).map(String::as_str).collect();
        let tenants = self.tenants.iter().chain(&self.tenant).map(String::as_str).collect();
        declared("environment", asked.environment.as_deref(), environments)?;
        declared("tenant", asked.tenant.as_deref(), tenants)?;
        Ok(Scope {
            environment: asked.environment.clone().or_else(|| self.environment.clone()),
            tenant: asked.tenant.clone().or_else(|| self.tenant.clone()),
        })
    }

    /// Every scope that there is: that of the plain build first.
    pub fn scopes(&self) -> Vec<Scope> {
        let environments =
            std::iter::once(&self.environment).cloned().chain(self.environments.keys().cloned().map(Some));
        let mut scopes: Vec<Scope> = Vec::new();
        for environment in environments {
            let tenants =
                std::iter::once(&self.tenant).cloned().chain(self.tenants.iter().cloned().map(Some));
            for tenant in tenants {
                let scope = Scope { environment: environment.clone(), tenant };
                if !scopes.contains(&scope) {
                    scopes.push(scope);
                }
            }
        }
        scopes
    }

    /// The seed of a scope: 16 lower-case hexadecimal digits.
    ///
    /// An environment's own seed, else the workspace's, is the base. It is the seed itself for the workspace's own
    /// environment and tenant, so that naming further ones moves nobody. For any other tenant or environment (that has
    /// no seed of its own) it is the hash of the empty text under the key derived from the base and the salt `tenant:<t>`,
    /// `environment:<e>`, or `tenant:<t>/environment:<e>`.
    pub fn seed(&self, scope: &Scope) -> String {
        let own = scope.environment.as_ref().and_then(|name| self.environments.get(name)?.as_ref());
        let base = own.unwrap_or(&self.seed);
        let tenant = scope.tenant.as_ref().filter(|tenant| Some(*tenant) != self.tenant.as_ref());
        let environment = scope
            .environment
            .as_ref()
            .filter(|environment| own.is_none() && Some(*environment) != self.environment.as_ref());
        let parts = tenant.map(|tenant| format!("tenant:{tenant}")).into_iter();
        let parts: Vec<_> =
            parts.chain(environment.map(|environment| format!("environment:{environment}"))).collect();
        match u64::from_str_radix(base, 16) {
            Ok(number) if !parts.is_empty() => {
                format!("{:016x}", Key::derive(number, &parts.join("/")).hash(b"").to_u64())
            }
            _ => base.clone(),
        }
    }
}

fn declared(kind: &'static str, asked: Option<&str>, known: Vec<&str>) -> Result<(), UnknownScope> {
    match asked {
        Some(name) if !known.contains(&name) => {
            let what = if kind == "tenant" { "tenants" } else { "environments" };
            Err(UnknownScope { kind, name: name.to_owned(), advice: super::advice(name, what, known) })
        }
        _ => Ok(()),
    }
}
