//! From a frame to its lines.

use dnc_core::preprocess::PictureView;
use image::RgbImage;

use super::frame::{Frame, Picture};
use super::run::{WatchLine, WatchOptions, WatchSummary};
use crate::json::{AnswerLine, BrokenLine};
use crate::live::{EventLine, Recognizer, Region, SeenError, Site, now};

/// Looks at frames, and counts what it saw.
pub struct Look<'a> {
    pub summary: WatchSummary,
    pub options: &'a WatchOptions,
    pub site: &'a Site,
    pub recognizer: &'a mut Recognizer,
}

impl Look<'_> {
    /// A line for each box of the frame, in their order; one for all of it where there are no boxes.
    pub fn at(&mut self, frame: Frame) -> Vec<WatchLine> {
        let regions = match &self.options.boxes {
            None => vec![None],
            Some((book, longest)) => match book.take(&frame.key, *longest) {
                Some(regions) => regions.into_iter().map(Some).collect(),
                None => {
                    self.summary.unboxed += 1;
                    return Vec::new();
                }
            },
        };
        self.summary.frames += 1;
        match frame.picture {
            Picture::Pixels(picture) => self.all(&picture, &regions, &frame.name),
            Picture::Broken(reason) => vec![self.broken(&frame.name, reason)],
            Picture::File(bytes) => match self.recognizer.guarded(|recognizer| recognizer.open(&bytes, None)) {
                Ok(opened) => {
                    let lines = self.all(opened.picture(), &regions, &frame.name);
                    self.recognizer.take_back(opened);
                    lines
                }
                Err(error) => vec![self.broken(&frame.name, error.to_string())],
            },
        }
    }

    fn all(&mut self, picture: &RgbImage, regions: &[Option<Region>], name: &str) -> Vec<WatchLine> {
        regions.chunks(self.options.batch.max(1)).flat_map(|some| self.some(picture, some, name)).collect()
    }

    /// The boxes of one run of the model.
    fn some(&mut self, picture: &RgbImage, regions: &[Option<Region>], name: &str) -> Vec<WatchLine> {
        let cut = |region: &Option<Region>| match region {
            Some(region) => region.of(picture).map_err(SeenError::from),
            None => Ok(PictureView::from(picture)),
        };
        let parts: Vec<_> = regions.iter().map(cut).collect();
        let whole: Vec<PictureView<'_>> = parts.iter().filter_map(|part| part.as_ref().ok().copied()).collect();
        let embedded = self.recognizer.guarded(|recognizer| Ok(recognizer.embed_each(&whole)));
        // A panic is nobody's in particular: every box of the run is told of it.
        let embedded = embedded.unwrap_or_else(|_| whole.iter().map(|_| Err(SeenError::Panicked)).collect());
        let mut embedded = embedded.into_iter();
        let mut lines = Vec::with_capacity(regions.len());
        for (region, part) in regions.iter().zip(parts) {
            let embedding = part.and_then(|_| embedded.next().unwrap_or(Err(SeenError::Panicked)));
            lines.push(self.line(embedding, *region, name));
        }
        lines
    }

    fn line(&mut self, embedding: Result<Vec<f32>, SeenError>, region: Option<Region>, name: &str) -> WatchLine {
        let answer = embedding.and_then(|embedding| Ok(self.site.identify(&embedding, self.options.top)?));
        match answer {
            Ok(answer) => {
                self.summary.answers += 1;
                let answer = AnswerLine::new(name.to_owned(), answer, None);
                let camera = self.options.camera.clone();
                let event = EventLine { id: self.summary.answers, time: now(), camera, region, answer };
                WatchLine::Event(Box::new(event))
            }
            Err(error) => self.broken(name, error.to_string()),
        }
    }

    fn broken(&mut self, name: &str, error: String) -> WatchLine {
        self.summary.broken += 1;
        WatchLine::Broken(BrokenLine { picture: name.to_owned(), error })
    }
}
