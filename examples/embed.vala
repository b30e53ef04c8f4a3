// SPDX-License-Identifier: LGPL-2.1-or-later
// Weir from Vala: a stage of our own, a pipeline that uses it, and its ledger. Run it in the
// project's root; build it with `valac --pkg gio-2.0 --pkg Weir-1.0 embed.vala`.

public class ExampleMask : Weir.Transform {
  public override void transform (Weir.Record record, Weir.Emitter out) {
    var address = record.get_string (".remote_addr");
    record.set_string (".remote_addr", address.substring (0, address.last_index_of (".")) + ".x");
    out.emit (record);
  }
}

int main () {
  try {
    Weir.registry_add ("transform.mask", typeof (ExampleMask));
    var pipeline = new Weir.Pipeline.from_launch (
      "source.file path=data/samples/access.ndjson ! filter.match where='.status >= 500'" +
      " ! transform.mask ! transform.map to='{ip: .remote_addr, path, status}' ! sink.stdout");
    pipeline.run (null);
    print ("%s", pipeline.get_report ());
    return 0;
  } catch (Error error) {
    printerr ("embed: %s\n", error.message);
    return 1;
  }
}
