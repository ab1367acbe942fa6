//! Layers: who holds which slots.

use super::{
    Buckets, Change, Demand, FullLayer, Origin, Standing, Subject, UpdateError,
    rename::{self, renames},
};
use crate::project::Share;
use edgewise_core::BUCKETS;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// A layer and its slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Where its draw comes from.
    pub origin: Origin,
    /// Disjoint slots. Those of holders that are not in the project count as free.
    pub holders: BTreeMap<Holder, Buckets>,
}

/// Who holds slots of a layer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// An experiment, by its id.
    Experiment(String),
    /// The layers within this one that have the same domain, by its name.
    Domain(String),
}

/// What a holder asks of a layer.
struct Wish {
    share: Share,
    /// None: it keeps what it has.
    slots: Option<u32>,
}

type Wishes = BTreeMap<Holder, Wish>;
type Layers = BTreeMap<String, Layer>;

/// Brings names, salts and unit types of the layers up to date. `experiments`: old and new ids of the renamed ones.
pub(super) fn follow(
    layers: &mut Layers,
    demand: &Demand,
    experiments: &[(String, String)],
) -> Result<Vec<Change>, UpdateError> {
    let locked = layers.iter().map(|(id, layer)| (id.clone(), [layer.origin.salt.clone()].into()));
    let wanted = demand.layers.iter().map(|layer| (layer.id.clone(), layer.salt.clone()));
    let renamed = rename::apply(renames(&locked.collect(), &wanted.collect()), layers);
    let domains: BTreeSet<_> =
        demand.layers.iter().filter_map(|layer| layer.within.as_ref()).map(|within| &within.domain).collect();
    // A domain that bears a layer's name goes with it, unless another layer still asks for it by the old name.
    let alone = renamed.iter().filter(|(from, to)| !domains.contains(from) && domains.contains(to));
    let holders: Vec<_> = experiments
        .iter()
        .map(|(from, to)| (Holder::Experiment(from.clone()), Holder::Experiment(to.clone())))
        .chain(alone.map(|(from, to)| (Holder::Domain(from.clone()), Holder::Domain(to.clone()))))
        .collect();
    for layer in layers.values_mut() {
        layer.rename(&holders);
    }
    for asked in &demand.layers {
        let given = Origin { salt: asked.salt.clone(), unit: Some(asked.unit.clone()) };
        match layers.get_mut(&asked.id) {
            Some(layer) => layer.origin.follow(&given, || Subject::Layer(asked.id.clone()))?,
            None => {
                drop(layers.insert(asked.id.clone(), Layer { origin: given, holders: BTreeMap::new() }));
            }
        }
    }
    Ok(renamed.into_iter().map(|(from, to)| Change::RenamedLayer { from, to }).collect())
}

/// Gives every holder the slots that it asks for.
pub(super) fn share_out(layers: &mut Layers, demand: &Demand) -> Result<Vec<Change>, UpdateError> {
    let mut wishes = wishes(layers, demand)?;
    let mut changes = Vec::new();
    for (id, layer) in layers {
        let wishes = wishes.remove(id).unwrap_or_default();
        let before = layer.holders.clone();
        layer.serve(id, &wishes)?;
        let none = Buckets::default();
        changes.extend(layer.holders.iter().filter(|(holder, _)| wishes.contains_key(holder)).filter_map(
            |(holder, after)| {
                let before = before.get(holder).unwrap_or(&none);
                Change::slots(id, holder, before.count(), after.count())
            },
        ));
    }
    Ok(changes)
}

/// By layer, what everybody asks of it.
fn wishes(layers: &Layers, demand: &Demand) -> Result<BTreeMap<String, Wishes>, UpdateError> {
    let mut wishes: BTreeMap<String, Wishes> = BTreeMap::new();
    let of_experiments = demand.experiments.iter().filter_map(|experiment| {
        let claim = experiment.claim.as_ref()?;
        let serving = experiment.standing != Standing::Resting;
        Some((&claim.layer, Holder::Experiment(experiment.run.experiment.clone()), claim.share, serving))
    });
    let of_layers = demand.layers.iter().filter_map(|layer| {
        let within = layer.within.as_ref()?;
        Some((&within.layer, Holder::Domain(within.domain.clone()), within.share, true))
    });
    for (layer, holder, share, serving) in of_experiments.chain(of_layers) {
        if !layers.contains_key(layer) {
            return Err(UpdateError::NoLayer { layer: layer.clone(), holder });
        }
        let slots = if serving { Some(slots(layer, &holder, share)?) } else { None };
        let wishes = wishes.entry(layer.clone()).or_default();
        if let Some(other) = wishes.get(&holder).filter(|other| other.share != share) {
            let shares = Box::new((other.share, share));
            return Err(UpdateError::TwoShares { layer: layer.clone(), holder, shares });
        }
        wishes.insert(holder, Wish { share, slots });
    }
    Ok(wishes)
}

fn slots(layer: &str, holder: &Holder, share: Share) -> Result<u32, UpdateError> {
    let slots = share.of(BUCKETS).ok().and_then(|(slots, _)| u32::try_from(slots).ok());
    match slots {
        Some(1..=BUCKETS) if share <= Share::WHOLE => Ok(slots.unwrap_or_default()),
        _ => Err(UpdateError::NoShare { layer: layer.to_owned(), holder: holder.clone(), share }),
    }
}

impl Layer {
    /// Gives holders their new names. A name that somebody had who is gone is given up for it.
    fn rename(&mut self, holders: &[(Holder, Holder)]) {
        let held: Vec<_> =
            holders.iter().filter(|(from, _)| self.holders.contains_key(from)).cloned().collect();
        for (_, to) in &held {
            if !held.iter().any(|(from, _)| from == to) {
                self.holders.remove(to);
            }
        }
        rename::apply(held, &mut self.holders);
    }

    /// Shrinks whoever asks for less, then gives free slots to whoever asks for more, lowest first, in the order of
    /// the holders. Slots of holders that ask for nothing are remembered until they are needed.
    fn serve(&mut self, id: &str, wishes: &Wishes) -> Result<(), UpdateError> {
        let mut free = Buckets::all();
        for (holder, wish) in wishes {
            if let Some(held) = self.holders.get_mut(holder) {
                *held = held.lowest(wish.slots.unwrap_or(BUCKETS));
                free = free.minus(held);
            }
        }
        let mut taken = Buckets::default();
        for (holder, wish) in wishes {
            let Some(slots) = wish.slots else { continue };
            let held = self.holders.get(holder).cloned().unwrap_or_default();
            let lack = slots.saturating_sub(held.count());
            if lack > free.count() {
                return Err(self.full(id, holder, wish.share, held.count(), free.count(), wishes));
            }
            let given = free.lowest(lack);
            free = free.minus(&given);
            taken = taken.plus(&given);
            self.holders.insert(holder.clone(), held.plus(&given));
        }
        for (_, remembered) in self.holders.iter_mut().filter(|(holder, _)| !wishes.contains_key(holder)) {
            *remembered = remembered.minus(&taken);
        }
        self.holders.retain(|_, held| held.count() > 0);
        Ok(())
    }

    fn full(
        &self,
        id: &str,
        holder: &Holder,
        asked: Share,
        held: u32,
        free: u32,
        wishes: &Wishes,
    ) -> UpdateError {
        let others = self.holders.iter().filter(|(other, _)| *other != holder && wishes.contains_key(other));
        UpdateError::LayerFull(Box::new(FullLayer {
            layer: id.to_owned(),
            holder: holder.clone(),
            asked,
            held,
            free,
            others: others.map(|(other, held)| (other.clone(), held.count())).collect(),
        }))
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Experiment(id) => write!(formatter, "`{id}`"),
            Self::Domain(name) => write!(formatter, "the domain `{name}`"),
        }
    }
}
