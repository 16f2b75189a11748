import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.SnapshotsApi(client)
    found = api.snapshots_get(filters={"name": "nightly-"})
    nightly = [snapshot for snapshot in found if snapshot.properties.name.startswith("nightly-")]
    for snapshot in sorted(nightly, key=lambda snapshot: snapshot.metadata.created_date)[:-7]:
        api.snapshots_delete(snapshot.id, _wait=True)
