//! The layouts that are read, each as the authors of its set ship it.

use std::path::Path;

use crate::protocol::Protocol;
use crate::{Dataset, DatasetError, cars, csv_list, cub, folder, in_shop, market, online_products, vehicle_id, veri};

/// How a data set lies on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Layout {
    /// CUB-200-2011 (Wah et al., 2011).
    Cub200,
    /// CARS196 (Krause et al., 2013).
    Cars196,
    /// Stanford Online Products (Oh Song et al., CVPR 2016).
    OnlineProducts,
    /// DeepFashion In-Shop Clothes Retrieval (Liu et al., CVPR 2016).
    InShop,
    /// PKU VehicleID (Liu et al., CVPR 2016).
    VehicleId,
    /// VeRi-776 (Liu et al., ECCV 2016).
    Veri776,
    /// Market-1501 (Zheng et al., ICCV 2015).
    Market1501,
    /// A CSV list of our own form, or a folder with one.
    CsvList,
    /// A folder for each identity.
    Folders,
}

impl Layout {
    /// All layouts, in the order they are looked for.
    pub const ALL: [Self; 9] = [
        Self::Cub200,
        Self::Cars196,
        Self::OnlineProducts,
        Self::InShop,
        Self::VehicleId,
        Self::Veri776,
        Self::Market1501,
        Self::CsvList,
        Self::Folders,
    ];

    /// The layout of what is at `path`. A folder without the files of any other counts as [`Layout::Folders`].
    pub fn detect(path: &Path) -> Self {
        if path.is_file() {
            return Self::CsvList;
        }
        Self::ALL.into_iter().find(|layout| layout.is_at(path)).unwrap_or(Self::Folders)
    }

    fn is_at(self, root: &Path) -> bool {
        match self {
            Self::Cub200 => cub::is_layout(root),
            Self::Cars196 => cars::is_layout(root),
            Self::OnlineProducts => online_products::is_layout(root),
            Self::InShop => in_shop::is_layout(root),
            Self::VehicleId => vehicle_id::is_layout(root),
            Self::Veri776 => veri::is_layout(root),
            Self::Market1501 => market::is_layout(root),
            Self::CsvList => root.join("split.csv").is_file(),
            Self::Folders => true,
        }
    }

    /// Name for reports and errors.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cub200 => "CUB-200-2011",
            Self::Cars196 => "CARS196",
            Self::OnlineProducts => "Stanford Online Products",
            Self::InShop => "In-Shop Clothes Retrieval",
            Self::VehicleId => "PKU VehicleID",
            Self::Veri776 => "VeRi-776",
            Self::Market1501 => "Market-1501",
            Self::CsvList => "CSV list",
            Self::Folders => "folder for each identity",
        }
    }

    /// The files it consists of.
    pub fn files(self) -> &'static str {
        match self {
            Self::Cub200 => cub::FILES,
            Self::Cars196 => cars::FILES,
            Self::OnlineProducts => online_products::FILES,
            Self::InShop => in_shop::FILES,
            Self::VehicleId => vehicle_id::FILES,
            Self::Veri776 => veri::FILES,
            Self::Market1501 => market::FILES,
            Self::CsvList => "a file, or split.csv in a folder, with the columns path, identity, split, maybe camera",
            Self::Folders => folder::FORM,
        }
    }

    /// The protocols that sets of this layout are scored by, the usual one first.
    ///
    /// PKU VehicleID has two: leave-one-out over the test list, as the published code of *Divide and Conquer the
    /// Embedding Space* scores it, and ten draws of one gallery picture for each identity, as its authors do.
    pub fn protocols(self) -> &'static [Protocol] {
        match self {
            Self::VehicleId => &[Protocol::LeaveOneOut, Protocol::VEHICLE_ID_DRAWS],
            Self::InShop => &[Protocol::QueryGallery],
            Self::Veri776 | Self::Market1501 => &[Protocol::CameraAware],
            _ => &[Protocol::LeaveOneOut],
        }
    }

    /// Reads what is at `path`; `test_size` chooses among VehicleID's test lists.
    ///
    /// # Errors
    /// Where a file of the layout is not there, or has another form.
    pub fn load(self, path: &Path, test_size: Option<usize>) -> Result<Dataset, DatasetError> {
        match self {
            Self::Cub200 => cub::load(path),
            Self::Cars196 => cars::load(path),
            Self::OnlineProducts => online_products::load(path),
            Self::InShop => in_shop::load(path),
            Self::VehicleId => vehicle_id::load(path, test_size),
            Self::Veri776 => veri::load(path),
            Self::Market1501 => market::load(path),
            Self::CsvList if path.is_file() => csv_list::load(path),
            Self::CsvList => csv_list::load(&path.join("split.csv")),
            Self::Folders => folder::load(path),
        }
    }
}
