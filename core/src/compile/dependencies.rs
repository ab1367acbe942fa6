//! What experiments and flags depend on: never themselves, and never too much.

use super::{
    CompileError, Place, Problem,
    claims::Claims,
    conditions::Conditions,
    order::{find, insert},
    scope::Scope,
};
use crate::{
    document::Prerequisite,
    format::{MAX_DEPENDENCY_DEPTH, MAX_WORK},
};
use alloc::vec::Vec;

/// What asking an experiment or a flag comes to.
pub(super) struct Needs {
    /// How many experiments and flags may be asked, itself counted.
    pub(super) work: u32,
    /// The longest chain of them.
    pub(super) depth: u32,
    /// The attributes that any of them looks at, by index, sorted.
    pub(super) attributes: Vec<u32>,
}

/// The needs of every experiment and every flag, by index.
pub(super) struct Dependencies {
    pub(super) experiments: Vec<Needs>,
    pub(super) flags: Vec<Needs>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    Experiment(usize),
    Flag(usize),
}

impl Dependencies {
    pub(super) fn of(
        scope: &Scope<'_>,
        claims: &Claims,
        conditions: &Conditions<'_>,
    ) -> Result<Self, CompileError> {
        let mut walk = Walk {
            scope,
            claims,
            conditions,
            experiments: scope.experiments.iter().map(|_| None).collect(),
            flags: scope.flags.iter().map(|_| None).collect(),
        };
        for index in 0..scope.experiments.len() {
            walk.visit(Node::Experiment(index), MAX_DEPENDENCY_DEPTH)?;
        }
        for index in 0..scope.flags.len() {
            walk.visit(Node::Flag(index), MAX_DEPENDENCY_DEPTH)?;
        }
        Ok(Self {
            experiments: walk.experiments.into_iter().flatten().collect(),
            flags: walk.flags.into_iter().flatten().collect(),
        })
    }
}

struct Walk<'s, 'a> {
    scope: &'s Scope<'a>,
    claims: &'s Claims,
    conditions: &'s Conditions<'a>,
    experiments: Vec<Option<Needs>>,
    flags: Vec<Option<Needs>>,
}

impl Walk<'_, '_> {
    /// Makes the needs known. `levels` may still be entered: a circle comes to its end there.
    fn visit(&mut self, node: Node, levels: u32) -> Result<(), CompileError> {
        if self.known(node).is_some() {
            return Ok(());
        }
        let Some(below) = levels.checked_sub(1) else {
            return Err(self.place(node).problem(Problem::Circle));
        };
        let mut needs = Needs { work: 1, depth: 1, attributes: self.own_attributes(node) };
        for other in self.neighbours(node)? {
            self.visit(other, below)?;
            let Some(other) = self.known(other) else { continue };
            needs.work = needs.work.saturating_add(other.work);
            needs.depth = needs.depth.max(other.depth.saturating_add(1));
            for attribute in &other.attributes {
                insert(&mut needs.attributes, *attribute);
            }
        }
        if needs.work > MAX_WORK || needs.depth > MAX_DEPENDENCY_DEPTH {
            return Err(self.place(node).problem(Problem::Circle));
        }
        let slot = match node {
            Node::Experiment(index) => self.experiments.get_mut(index),
            Node::Flag(index) => self.flags.get_mut(index),
        };
        if let Some(slot) = slot {
            *slot = Some(needs);
        }
        Ok(())
    }

    fn known(&self, node: Node) -> Option<&Needs> {
        match node {
            Node::Experiment(index) => self.experiments.get(index)?.as_ref(),
            Node::Flag(index) => self.flags.get(index)?.as_ref(),
        }
    }

    fn own_attributes(&self, node: Node) -> Vec<u32> {
        match node {
            Node::Experiment(index) => self.scope.experiments.get(index).map_or(Vec::new(), |experiment| {
                let placements = experiment.placements.iter().map(|placement| &placement.condition);
                self.conditions.attributes_of(experiment.targeting.iter().chain(placements))
            }),
            Node::Flag(index) => self.scope.flags.get(index).map_or(Vec::new(), |flag| {
                self.conditions.attributes_of(flag.rules.iter().filter_map(|rule| rule.condition.as_ref()))
            }),
        }
    }

    fn neighbours(&self, node: Node) -> Result<Vec<Node>, CompileError> {
        match node {
            Node::Flag(index) => {
                let claimants = self.claims.flags.get(index).into_iter().flatten();
                Ok(claimants.map(|experiment| Node::Experiment(*experiment)).collect())
            }
            Node::Experiment(index) => {
                let masks = self.claims.masks.get(index).into_iter().flatten();
                let mut neighbours: Vec<Node> =
                    masks.map(|experiment| Node::Experiment(*experiment)).collect();
                let Some(experiment) = self.scope.experiments.get(index) else { return Ok(neighbours) };
                for prerequisite in &experiment.prerequisites {
                    neighbours.push(self.required(node, prerequisite)?);
                }
                Ok(neighbours)
            }
        }
    }

    fn required(&self, node: Node, prerequisite: &Prerequisite) -> Result<Node, CompileError> {
        let place = || self.place(node).field("prerequisites");
        match prerequisite {
            Prerequisite::Experiment { id, .. } => {
                let found = find(&self.scope.experiments, |experiment| &experiment.id, id);
                let unknown = || place().problem(Problem::UnknownExperiment { experiment: id.clone() });
                found.map(Node::Experiment).ok_or_else(unknown)
            }
            Prerequisite::Flag { id, .. } => {
                let found = find(&self.scope.flags, |flag| &flag.id, id);
                found
                    .map(Node::Flag)
                    .ok_or_else(|| place().problem(Problem::UnknownFlag { flag: id.clone() }))
            }
        }
    }

    fn place(&self, node: Node) -> Place {
        match node {
            Node::Experiment(index) => {
                Place::experiment(self.scope.experiments.get(index).map_or("", |experiment| &experiment.id))
            }
            Node::Flag(index) => Place::flag(self.scope.flags.get(index).map_or("", |flag| &flag.id)),
        }
    }
}
