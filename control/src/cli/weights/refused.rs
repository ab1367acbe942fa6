//! Why weights are not published.

use edgewise_control::{
    lock::Run,
    project::{Share, ShareError},
};

/// Why weights are not published. Nothing is written then.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(super) enum Refused {
    /// The project has no such experiment.
    #[error("there is no experiment `{id}`")]
    #[diagnostic(help("{advice}"))]
    NoExperiment { id: String, advice: String },
    /// Its weights are not learnt.
    #[error("`{0}` is no bandit: its weights are those of its file")]
    #[diagnostic(help(
        "change `weight:` in its file and run `edgewise build`; or make it a bandit there: `bandit: {{ floor: 5% }}`"
    ))]
    NoBandit(String),
    /// It was never built to draw anybody.
    #[error("`{0}` is a draft: nobody is drawn by its weights")]
    #[diagnostic(help("set `status: running` in its file, run `edgewise build`, and publish then"))]
    Draft(String),
    /// It draws nobody for now.
    #[error("`{0}` is paused: nobody is drawn by its weights")]
    #[diagnostic(help("set `status: running` in its file, run `edgewise build`, and publish then"))]
    Paused(String),
    /// It will not draw anybody again.
    #[error("`{experiment}` is {status}: its weights stay as they are")]
    #[diagnostic(help("to start over, set `status: running`, raise `iteration:` and run `edgewise build`"))]
    Over { experiment: String, status: &'static str },
    /// Its time is up.
    #[error("`{experiment}` ended at {end}: nobody is drawn by its weights")]
    #[diagnostic(help(
        "move `end:` in its file, or raise `iteration:` to start over; then run `edgewise build`"
    ))]
    Ended { experiment: String, end: String },
    /// It is not in the rulesets of this scope.
    #[error("`{experiment}` is not built for the {kind} `{name}`")]
    #[diagnostic(help("its file says `{kind}s: [{allowed}]`: name one of those, or add this one there"))]
    NotServedIn { experiment: String, kind: &'static str, name: String, allowed: String },
    /// The lock knows scopes by name only.
    #[error("`{0}` is an environment and a tenant, and the lock could not tell their weights apart")]
    #[diagnostic(help(
        "name the other one too (`--tenant` and `--environment`), or give one of them another name"
    ))]
    TwoScopes(String),
    /// There are no ranges to move.
    #[error("there is no edgewise.lock: nobody has been given ranges that weights could move")]
    #[diagnostic(help("run `edgewise build` first, and commit the lock that it writes"))]
    NoLock,
    /// There are none of this run.
    #[error("edgewise.lock does not know `{0}`")]
    #[diagnostic(help("run `edgewise build` first"))]
    NotBuilt(Run),
    /// The project has gone on.
    #[error("the file of `{0}` was changed since edgewise.lock was written")]
    #[diagnostic(help(
        "run `edgewise build` first, so that what moves by the file is told apart from what moves by weights"
    ))]
    Behind(Run),
    /// Not a variant and a share.
    #[error("`{given}` does not say which variant gets what")]
    #[diagnostic(help("write `{example}`"))]
    NoPair { given: String, example: String },
    /// The experiment has no such variant.
    #[error("the experiment `{experiment}` has no variant `{variant}`")]
    #[diagnostic(help("{advice}"))]
    NoVariant { experiment: String, variant: String, advice: String },
    /// What stands behind the variant.
    #[error("`{given}`: what stands behind `=` {error}")]
    #[diagnostic(help("write a percentage (`33.34%`), a decimal (`0.3334`) or a fraction (`1/3`)"))]
    NoShare { given: String, error: ShareError },
    /// One variant, two shares.
    #[error("`{0}` is named twice")]
    #[diagnostic(help("give each variant one share"))]
    Twice(String),
    /// Weights are published for all variants at once.
    #[error("there is no share for {variants}")]
    #[diagnostic(help("name every variant: `{example}`"))]
    Missing { variants: String, example: String },
    /// They leave somebody without a variant, or give somebody two.
    #[error("the shares sum to {sum}, not to 100%")]
    #[diagnostic(help("{advice}"))]
    NotWhole { sum: Share, advice: String },
    /// They cannot be summed exactly.
    #[error("a share {error}")]
    #[diagnostic(help("write percentages or decimals that sum to the whole"))]
    TooFine { error: ShareError },
    /// Less than every variant keeps.
    #[error("`{variant}` gets {share}, less than the floor of {floor}")]
    #[diagnostic(help(
        "give it at least {floor}; or lower `floor:` in the experiment's file and run `edgewise build`"
    ))]
    BelowFloor { variant: String, share: Share, floor: Share },
}
