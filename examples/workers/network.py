#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""For transform.exec: tells what kind of network the client of a request is in."""
import ipaddress
import json
import sys

for line in sys.stdin:
    record = json.loads(line)
    address = ipaddress.ip_address(record["remote_addr"])
    print(json.dumps({"path": record["path"], "client": str(address), "private": address.is_private}), flush=True)
