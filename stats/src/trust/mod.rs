//! Trust: may the numbers be believed?

mod sample_ratio;

pub use sample_ratio::{Arm, ArmError, SampleRatio, sample_ratio};
