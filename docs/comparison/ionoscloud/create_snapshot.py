import ionoscloud

with ionoscloud.ApiClient() as client:
    create = ionoscloud.VolumeApi(client).datacenters_volumes_create_snapshot_post
    snapshot = create("datacenter_id_example", "volume_id_example", name="before-upgrade", _wait=True)
    print(snapshot.id)
