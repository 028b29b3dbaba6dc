//! Blobs in one container. What is longer than four megabytes goes in blocks that count only once all are there, so a
//! reader sees the old bytes or the new.

use std::num::NonZero;

use async_trait::async_trait;
use azure_core::http::RequestContent;
use azure_storage_blob::{
    BlobContainerClient,
    models::{
        BlobClientDownloadOptions, BlobClientUploadOptions, BlobContainerClientListBlobsOptions,
    },
};
use futures::TryStreamExt;

use super::{CONTAINER, problems::Trouble};
use crate::store::{
    keys::{check_blob_name, check_blob_prefix},
    ports::{Blobs, StoreError},
};

/// How many parts of one blob are on their way at once. Each has to arrive before the client's patience ends, also
/// from a desk at home; and each is held in memory.
const AT_ONCE: NonZero<usize> = NonZero::new(4).unwrap();

/// The bytes of one part.
const PART: NonZero<usize> = NonZero::new(4 << 20).unwrap();

/// More bytes than any blob of ours has.
const IN_ONE: NonZero<usize> = NonZero::new(1 << 30).unwrap();

/// The container.
pub(super) struct AzureBlobs {
    container: BlobContainerClient,
}

impl AzureBlobs {
    pub(super) fn new(container: BlobContainerClient) -> Self {
        Self { container }
    }

    /// Makes the container when it is not there.
    pub(super) async fn make_container(&self) -> Result<(), StoreError> {
        match self.container.create(None).await.map_err(Trouble::from) {
            Ok(_) => Ok(()),
            Err(trouble) if trouble.says("ContainerAlreadyExists") => Ok(()),
            Err(trouble) => Err(trouble.explain(&format!("container {CONTAINER}"))),
        }
    }

    async fn read(&self, name: &str, part: NonZero<usize>) -> Result<Vec<u8>, Trouble> {
        let options = BlobClientDownloadOptions {
            parallel: Some(AT_ONCE),
            partition_size: Some(part),
            ..BlobClientDownloadOptions::default()
        };
        let blob = self.container.blob_client(name);
        let answer = blob.download(Some(options)).await?;
        Ok(answer.body.collect().await?.to_vec())
    }
}

#[async_trait]
impl Blobs for AzureBlobs {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        check_blob_name(name)?;
        let content = RequestContent::from(bytes);
        let options = BlobClientUploadOptions {
            parallel: Some(AT_ONCE),
            ..BlobClientUploadOptions::default()
        };
        let blob = self.container.blob_client(name);
        let put = blob.upload(content, Some(options)).await;
        put.map(drop)
            .map_err(|error| Trouble::from(error).explain(&place(name)))
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check_blob_name(name)?;
        let mut read = self.read(name, PART).await;
        if matches!(&read, Err(trouble) if trouble.is(412)) {
            // It was written anew between two of its parts. One request gets the one or the other.
            read = self.read(name, IN_ONE).await;
        }
        match read {
            Ok(bytes) => Ok(Some(bytes)),
            Err(trouble) if trouble.says("BlobNotFound") => Ok(None),
            Err(trouble) => Err(trouble.explain(&place(name))),
        }
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        check_blob_name(name)?;
        let deleted = self.container.blob_client(name).delete(None).await;
        match deleted.map_err(Trouble::from) {
            Ok(_) => Ok(()),
            Err(trouble) if trouble.says("BlobNotFound") => Ok(()),
            Err(trouble) => Err(trouble.explain(&place(name))),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        check_blob_prefix(prefix)?;
        let names = self.names(prefix).await;
        let mut names = names.map_err(|trouble| trouble.explain(&place(prefix)))?;
        names.sort();
        Ok(names)
    }
}

impl AzureBlobs {
    async fn names(&self, prefix: &str) -> Result<Vec<String>, Trouble> {
        let options = BlobContainerClientListBlobsOptions {
            prefix: (!prefix.is_empty()).then(|| prefix.to_owned()),
            ..BlobContainerClientListBlobsOptions::default()
        };
        let mut blobs = self.container.list_blobs(Some(options))?;
        let mut names = Vec::new();
        while let Some(blob) = blobs.try_next().await? {
            names.extend(blob.name);
        }
        Ok(names)
    }
}

fn place(name: &str) -> String {
    format!("blob {CONTAINER}/{name}")
}
