SELECT files FROM packs FINAL WHERE pack_hash = {pack_hash:String}
