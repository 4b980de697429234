//! A gallery as the controller keeps it.

use dnc_core::decision::DecisionRule;
use dnc_core::manifest::space_tag;
use dnc_core::matching::{BuildError, GalleryBlock, GalleryBlockBuilder};
use dnc_core::wire::MAX_DIM;

use super::LinkError;
use crate::gallery::Gallery;

/// The gallery block of all views of `gallery`, to be decided by `rule`: the controller's whole knowledge.
///
/// # Errors
/// Where the gallery cannot be read, or its embeddings or names are longer than a controller can take.
pub fn gallery_block(gallery: &Gallery, rule: DecisionRule) -> Result<Vec<u8>, LinkError> {
    let (space, path) = (gallery.space(), gallery.path().to_owned());
    if space.layout.dim() > MAX_DIM {
        return Err(LinkError::TooWide { dim: space.layout.dim() });
    }
    let refused = |source| match source {
        BuildError::Name(name) => LinkError::Name { path: path.clone(), name },
        source => LinkError::Build { path: path.clone(), source },
    };
    let mut builder = GalleryBlockBuilder::new(space.layout, rule, space_tag(&space.space_id)).map_err(refused)?;
    for view in gallery.codes()? {
        builder.add(&view.identity, &view.code).map_err(refused)?;
    }
    let block = builder.build();
    GalleryBlock::parse(&block)?;
    Ok(block)
}
