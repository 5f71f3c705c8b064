config {
  image = "[[ .my.image ]]:[[ .my.tag ]]"
}
