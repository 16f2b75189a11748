import ionoscloud

with ionoscloud.ApiClient() as client:
    api = ionoscloud.SnapshotApi(client)
    nightly = ionoscloud.find_all(api.snapshots_get, name="nightly")
    for snapshot in sorted(nightly, key=lambda snapshot: snapshot.metadata.created_date)[:-7]:
        api.snapshots_delete(snapshot.id, _wait=True)
