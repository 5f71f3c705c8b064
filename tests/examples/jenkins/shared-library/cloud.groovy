import org.csanchez.jenkins.plugins.kubernetes.ContainerTemplate

def image = new ContainerTemplate('maven', 'maven:3.9-eclipse-temurin-21')
def other = new ContainerTemplate(name, image)
